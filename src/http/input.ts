import type { z } from 'zod'

import type { Operation } from '../api/operation.ts'
import { OPERATIONS, type OperationName, type Parsed } from '../api/operations.ts'
import { Refusal, type Fault } from '../model/refusal.ts'
import { readJson } from './body.ts'
import type { RequestContext } from './world.ts'

const MEGABYTE = 1_000_000
/** Bytes of a request body. Documents are the only thing that comes in bulk. */
const BODY_LIMIT: Partial<Record<OperationName, number>> = { declare: 64 * MEGABYTE }
/** Nobody reads more, and a hostile body could hold a million mistakes. */
const MOST_FAULTS = 50

/** Path, query and body as the operation's input. Throws `Refusal` `bad-input`, `media-type`, `body-too-large`. */
export async function readInput<N extends OperationName>(c: RequestContext, name: N): Promise<Parsed<N>> {
  const operation: Operation = OPERATIONS[name]
  const schema = operation.input as z.ZodObject
  const members = await given(c, operation, BODY_LIMIT[name] ?? MEGABYTE)
  const raw = { ...members, ...idempotency(c, schema, members), ...c.req.param() }
  refuseUnknown(raw, schema)
  const parsed = schema.safeParse(raw)
  if (!parsed.success) throw malformed(parsed.error.issues.map(faultOf))
  return parsed.data as Parsed<N>
}

async function given(
  c: RequestContext,
  operation: Operation,
  limit: number,
): Promise<Record<string, unknown>> {
  return operation.method === 'POST' ? readJson(c.req.raw, limit) : query(c.req.url)
}

/** A parameter that is given twice asks for two things; taking either would hide the other. */
function query(url: string): Record<string, string> {
  const pairs = [...new URL(url).searchParams]
  const twice = [...Map.groupBy(pairs, ([name]) => name)].filter(([, values]) => values.length > 1)
  if (twice.length > 0) throw malformed(twice.map(([name]) => fault(`/${name}`, 'given more than once')))
  return Object.fromEntries(pairs)
}

/** The header of draft-ietf-httpapi-idempotency-key-header, for operations that know such a key. */
function idempotency(
  c: RequestContext,
  schema: z.ZodObject,
  body: Record<string, unknown>,
): Record<string, string> {
  const key = c.req.header('idempotency-key')
  if (key === undefined || !Object.hasOwn(schema.shape, 'idempotencyKey')) return {}
  if (body['idempotencyKey'] !== undefined && body['idempotencyKey'] !== key) {
    throw malformed([fault('/idempotencyKey', 'differs from the Idempotency-Key header')])
  }
  return { idempotencyKey: key }
}

/** A misspelt filter that is ignored would list everything and look like an answer. */
function refuseUnknown(raw: Record<string, unknown>, schema: z.ZodObject): void {
  const known = Object.keys(schema.shape)
  const unknown = Object.keys(raw).filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  const hint = known.length === 0 ? 'nothing can be given here' : `known here: ${known.join(', ')}`
  throw malformed(unknown.map((name) => ({ ...fault(`/${name.slice(0, 100)}`, 'is not known here'), hint })))
}

function malformed(faults: readonly Fault[]): Refusal {
  return new Refusal('bad-input', 'the request is not in the form that the API describes', {
    hint: 'see /openapi.json',
    faults: faults.slice(0, MOST_FAULTS),
  })
}

/** RFC 6901 pointer into the input, then what is wrong there. */
function faultOf(issue: z.core.$ZodIssue): Fault {
  return fault(`/${issue.path.map(String).join('/')}`, issue.message)
}

function fault(pointer: string, message: string): Fault {
  return { message: `${pointer}: ${message}`, position: null, hint: null }
}
