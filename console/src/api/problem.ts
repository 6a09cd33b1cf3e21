import type { z } from 'zod'

import { Problem as Body, problemCode, type ProblemFault } from '../../../src/api/problem.ts'
import type { ProblemCode } from '../../../src/model/refusal.ts'

type Fault = z.infer<typeof ProblemFault>

/** What the server refused, as RFC 9457 says it. `status` is 0 where no answer came at all. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  /** Null for a bug of the server, and for what somebody in between answered. */
  readonly code: ProblemCode | null
  readonly hint: string | null
  readonly faults: readonly Fault[]
  readonly requestId: string | null

  constructor(
    detail: string,
    of: Pick<Problem, 'status' | 'code' | 'hint'> & Partial<Pick<Problem, 'faults' | 'requestId'>>,
  ) {
    super(detail)
    this.status = of.status
    this.code = of.code
    this.hint = of.hint
    this.faults = of.faults ?? []
    this.requestId = of.requestId ?? null
  }
}

/** Reads the body of an answer that is not a success; a proxy in between may have written anything. */
export function problemOf(status: number, body: unknown): Problem {
  const said = Body.safeParse(body).data
  if (said === undefined)
    return new Problem(`The server answered ${status} without saying why.`, {
      status,
      code: null,
      hint: null,
    })
  const { type, title, detail, hint, faults, requestId } = said
  return new Problem(detail ?? title, { status, code: problemCode(type), hint, faults, requestId })
}

export const unreachable = () =>
  new Problem('The server does not answer.', {
    status: 0,
    code: 'unreachable',
    hint: 'See whether `portreeve up` still runs on the machine that you opened this console from.',
  })
