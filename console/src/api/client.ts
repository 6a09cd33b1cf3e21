import { OPERATIONS, type Input, type OperationName, type Output } from '../../../src/api/operations.ts'
import { problemOf, unreachable } from './problem.ts'

/**
 * Asks the server for one operation. The answer is taken as typed: the server that sent this script is the
 * server that answers, built from the same `src/api`. Throws `Problem`.
 */
export async function call<N extends OperationName>(
  name: N,
  input: Input<N>,
  signal?: AbortSignal,
): Promise<Output<N>> {
  const request = requestOf(name, input as Record<string, unknown>)
  const response = await fetch(request.url, { ...request.init, ...(signal && { signal }) }).catch(
    (error: unknown) => {
      if (signal?.aborted) throw error
      throw unreachable()
    },
  )
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw problemOf(response.status, body)
  return body as Output<N>
}

/** Path parameters from the input's members; the rest as query (GET, DELETE) or as JSON body (POST). */
export function requestOf(
  name: OperationName,
  input: Record<string, unknown>,
): { url: string; init: RequestInit } {
  const { method, path } = OPERATIONS[name]
  const rest = { ...input }
  const filled = path.replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = rest[key]
    delete rest[key]
    return encodeURIComponent(String(value))
  })
  const url = `/api/v1${filled}`
  if (method === 'POST')
    return {
      url,
      init: { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(rest) },
    }
  const query = new URLSearchParams(
    Object.entries(rest)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, String(value)]),
  ).toString()
  return { url: query === '' ? url : `${url}?${query}`, init: { method } }
}
