import type { z } from 'zod'

import type { ProblemCode } from '../model/refusal.ts'

/** What a caller must be allowed to do. One capability for each; a role is a set of them. */
export type Capability = 'read' | 'declare' | 'observe' | 'administer' | 'none'

/** One thing that anybody can do, as data: the server, the command line, the console and OpenAPI read it. */
export interface Operation<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Hono and OpenAPI style by turns: `/ports/{port}`; parameters are members of `input`. Below `/api/v1`. */
  readonly path: string
  readonly summary: string
  readonly capability: Capability
  /** Path, query (GET, DELETE) and body (POST) as one object. */
  readonly input: Input
  readonly output: Output
  readonly refusals: readonly ProblemCode[]
  /** Offered on the data folder's own socket alone: it names files of this machine. */
  readonly local?: true
}

export function operation<Input extends z.ZodType, Output extends z.ZodType>(
  of: Operation<Input, Output>,
): Operation<Input, Output> {
  return of
}
