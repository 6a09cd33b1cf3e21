/**
 * What Portreeve says when it does not do what was asked.
 *
 * A `Refusal` is an answer: the asker gets a code, a sentence and a way out, and nothing has changed.
 * A `Fatal` is the end of the process: the durable state is not known, and going on could lose what
 * was acknowledged. Anything else that is thrown is a bug.
 */

/** Every code has a page, `docs/problems/<code>.md`; a test holds the two together. */
export const PROBLEM_CODES = [
  'bad-input',
  'base-unknown',
  'body-too-large',
  'book-busy',
  'book-newer',
  'conflict',
  'cross-origin',
  'document-invalid',
  'erasure-held',
  'file-unreadable',
  'forbidden',
  'host-not-allowed',
  'idempotency-conflict',
  'key-refused',
  'key-retired',
  'key-scope',
  'key-unknown',
  'ledger-fork',
  'ledger-key',
  'ledger-pushback',
  'leaf-invalid',
  'link-spent',
  'listen-refused',
  'media-type',
  'not-found',
  'other-log',
  'port-ambiguous',
  'precondition-failed',
  'sealed-keys',
  'quorum-missing',
  'signature-invalid',
  'signed-out',
  'source-invalid',
  'source-too-large',
  'source-unknown',
  'tool-missing',
  'unreachable',
  'unsigned',
  'unsupported',
] as const

export type ProblemCode = (typeof PROBLEM_CODES)[number]

/** Where in a text something is wrong; line and column count from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One thing that is wrong with an input; a refusal may carry many. */
export interface Fault {
  readonly message: string
  readonly position: Position | null
  readonly hint: string | null
}

export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ProblemCode
  readonly hint: string | null
  readonly faults: readonly Fault[]

  constructor(
    code: ProblemCode,
    detail: string,
    options: { hint?: string; faults?: readonly Fault[]; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint ?? null
    this.faults = options.faults ?? []
  }
}

/** The durable state is not known (a failed sync, a commit whose outcome is unknown, a full disk). */
export class Fatal extends Error {
  override readonly name = 'Fatal'
  readonly hint: string | null

  constructor(detail: string, options: { hint?: string; cause?: unknown } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint ?? null
  }
}
