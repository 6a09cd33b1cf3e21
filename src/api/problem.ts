import { z } from 'zod'

import { PROBLEM_CODES, type ProblemCode, type Refusal } from '../model/refusal.ts'

/** HTTP status of each refusal. RFC 9110 §15; 421 is a request for a host that this server does not speak for. */
export const PROBLEM_STATUS = {
  'bad-input': 400,
  'base-unknown': 409,
  'body-too-large': 413,
  'book-busy': 503,
  'book-newer': 503,
  conflict: 409,
  'cross-origin': 403,
  'document-invalid': 422,
  'erasure-held': 409,
  'file-unreadable': 422,
  forbidden: 403,
  'host-not-allowed': 421,
  'idempotency-conflict': 409,
  'key-refused': 422,
  'key-retired': 403,
  'key-scope': 403,
  'key-unknown': 403,
  'ledger-fork': 503,
  'ledger-key': 503,
  'ledger-pushback': 503,
  'leaf-invalid': 422,
  'link-spent': 403,
  'listen-refused': 500,
  'media-type': 415,
  'not-found': 404,
  'other-log': 422,
  'port-ambiguous': 409,
  'precondition-failed': 412,
  'sealed-keys': 503,
  'quorum-missing': 403,
  'signature-invalid': 422,
  'signed-out': 401,
  'source-invalid': 422,
  'source-too-large': 422,
  'source-unknown': 422,
  'tool-missing': 501,
  unreachable: 502,
  unsigned: 403,
  unsupported: 501,
} as const satisfies Record<ProblemCode, number>

/** One line for each code, the same on every occurrence (RFC 9457 §3.1.3) and the heading of its page. */
export const PROBLEM_TITLE = {
  'base-unknown': 'The statement was signed on a history that this log does not have',
  'bad-input': 'The request is not in the form that the API describes',
  'body-too-large': 'The request body is too large',
  'book-busy': 'The book is in use',
  'book-newer': 'The book was written by a newer version',
  conflict: 'The book holds something that contradicts the change',
  'cross-origin': 'The request came from another web page',
  'document-invalid': 'A document is not valid',
  'erasure-held': 'A hold or a period of retention keeps it',
  'file-unreadable': 'A file cannot be read',
  forbidden: 'You may not do this',
  'host-not-allowed': 'The server does not answer to this name',
  'idempotency-conflict': 'The same idempotency key came with another request',
  'key-refused': 'The key cannot be enrolled',
  'key-retired': 'The key does not sign any more',
  'key-scope': 'The key may not sign this',
  'key-unknown': 'The log knows no such key',
  'ledger-fork': 'The ledger does not continue the one that was signed',
  'ledger-key': 'The key is not the key of this ledger',
  'ledger-pushback': 'The ledger takes no entry at the moment',
  'leaf-invalid': 'A value cannot stand on the ledger',
  'link-spent': 'The link was used or has ended',
  'listen-refused': 'Portreeve does not listen there',
  'media-type': 'The request body is not JSON',
  'not-found': 'There is nothing by this name',
  'other-log': 'The statement is for another log',
  'port-ambiguous': 'More than one port matches',
  'precondition-failed': 'It changed since you read it',
  'sealed-keys': 'The keys of sealed values cannot be used',
  'quorum-missing': 'Too few of the keys that decide have signed',
  'signature-invalid': 'A signature does not verify',
  'signed-out': 'Nobody is signed in',
  'source-invalid': 'A source is not valid',
  'source-too-large': 'A source is too large',
  'source-unknown': 'A source is of no known format',
  'tool-missing': 'A program that is needed is not installed',
  unreachable: 'The server cannot be reached',
  unsigned: 'It takes a signature',
  unsupported: 'This system or this version cannot do it',
} as const satisfies Record<ProblemCode, string>

const TYPE_BASE = 'https://portreeve.dev/problems/'
/** RFC 9457 §4.2.1: nothing is said beyond the status. A bug (500) and an unknown durable state (503) have it. */
export const UNTYPED = 'about:blank'

const Position = z.object({ file: z.string(), line: z.int(), column: z.int() })

export const ProblemFault = z.object({
  message: z.string(),
  position: Position.nullable(),
  hint: z.string().nullable(),
})

/** RFC 9457 problem details, `application/problem+json`. */
export const Problem = z.object({
  type: z.string().describe(`${TYPE_BASE}<code>, or ${UNTYPED}`),
  title: z.string(),
  status: z.int(),
  detail: z.string().nullable(),
  hint: z.string().nullable().describe('the way out'),
  faults: z.array(ProblemFault),
  instance: z.string().nullable(),
  requestId: z.string(),
})
export type Problem = z.infer<typeof Problem>

export function problemOf(refusal: Refusal, requestId: string): Problem {
  return {
    type: problemType(refusal.code),
    title: PROBLEM_TITLE[refusal.code],
    status: PROBLEM_STATUS[refusal.code],
    detail: refusal.message,
    hint: refusal.hint,
    faults: refusal.faults.map(({ message, position, hint }) => ({ message, position, hint })),
    instance: null,
    requestId,
  }
}

export function problemType(code: ProblemCode): string {
  return `${TYPE_BASE}${code}`
}

/** The code behind a problem's type; null for `about:blank` and for types of a newer server. */
export function problemCode(type: string): ProblemCode | null {
  const text = type.startsWith(TYPE_BASE) ? type.slice(TYPE_BASE.length) : ''
  return PROBLEM_CODES.find((code) => code === text) ?? null
}
