import type { Operation } from '../../api/operation.ts'
import { OPERATIONS, type Desk, type Input, type OperationName, type Output } from '../../api/operations.ts'
import { problemCode, Problem } from '../../api/problem.ts'
import { Fatal, Refusal } from '../../model/refusal.ts'
import { exchange, onNetwork, onSocket, type Answer, type Question, type Remote } from './exchange.ts'

/** The socket of a data folder, or `http(s)://HOST:PORT` with a session's token. */
export type ServerAddress =
  | { readonly socketPath: string }
  | { readonly url: string; readonly token: string | null }

/**
 * A server's operations, over the socket of its data folder or over the network. Refusals of the server are
 * thrown as they were there; a server that is not there is `Refusal` `unreachable`. Whom the server takes the
 * caller for is decided by the way in, so `actor` is not sent. Throws `Refusal` `bad-input` for an address that is none.
 */
export function remoteDesk(server: ServerAddress): Desk {
  const to = 'url' in server ? onNetwork(server.url, server.token) : onSocket(server.socketPath)
  return {
    call: async <N extends OperationName>(name: N, input: Input<N>) => {
      const operation: Operation = OPERATIONS[name]
      const answer = await exchange(to, question(operation, input as Record<string, unknown>))
      if (answer.status !== 200) throw refused(answer, to)
      return understood(operation, answer, to) as Output<N>
    },
  }
}

function question(operation: Operation, input: Record<string, unknown>): Question {
  const given = Object.entries(input).filter(([, value]) => value !== undefined)
  const inPath = (member: string) => operation.path.includes(`{${member}}`)
  const rest = given.filter(([member]) => !inPath(member))
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, member: string) =>
    encodeURIComponent(String(input[member])),
  )
  if (operation.method === 'POST') {
    return { method: 'POST', path: `/api/v1${path}`, body: JSON.stringify(Object.fromEntries(rest)) }
  }
  const query = new URLSearchParams(rest.map(([member, value]): [string, string] => [member, String(value)]))
  return {
    method: operation.method,
    path: `/api/v1${path}${query.size === 0 ? '' : `?${query.toString()}`}`,
    body: null,
  }
}

function understood(operation: Operation, answer: Answer, to: Remote): unknown {
  const parsed = operation.output.safeParse(json(answer.text))
  if (parsed.success) return parsed.data
  throw stranger(answer, to)
}

function refused(answer: Answer, to: Remote): Error {
  const parsed = Problem.safeParse(json(answer.text))
  if (!parsed.success) return stranger(answer, to)
  const { type, detail, hint, faults, requestId, title } = parsed.data
  const said = { ...(hint === null ? {} : { hint }), faults }
  const code = problemCode(type)
  if (code !== null) return new Refusal(code, detail ?? title, said)
  if (answer.status === 503) return new Fatal(detail ?? title, hint === null ? {} : { hint })
  return new Error(`the server met a bug; its log has more under request ${requestId}`)
}

function stranger(answer: Answer, to: Remote): Refusal {
  return new Refusal(
    'unreachable',
    `what answers at ${to.name} is not a Portreeve of this version (HTTP ${answer.status})`,
    {
      hint: 'compare portreeve --version here and there',
    },
  )
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
