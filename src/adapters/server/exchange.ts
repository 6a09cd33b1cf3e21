import { request as plain, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as secure } from 'node:https'

import { Fatal, Refusal } from '../../model/refusal.ts'

/** Where a server is. `name` is what errors call it. */
export type Remote =
  | { readonly kind: 'socket'; readonly name: string; readonly socketPath: string }
  | { readonly kind: 'network'; readonly name: string; readonly url: URL; readonly token: string | null }

export interface Question {
  readonly method: string
  readonly path: string
  readonly body: string | null
}

export interface Answer {
  readonly status: number
  readonly text: string
}

/** The server of a data folder on this machine. */
export function onSocket(socketPath: string): Remote {
  return { kind: 'socket', name: socketPath, socketPath }
}

/** A server at `http://…` or `https://…`; `token` is a session's. Throws `Refusal` `bad-input`. */
export function onNetwork(address: string, token: string | null): Remote {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Refusal('bad-input', `"${address}" is no address of a server`, {
      hint: 'write https://HOST:PORT',
    })
  }
  return { kind: 'network', name: url.origin, url, token }
}

/** One request. Throws `Refusal` `unreachable`, or `Fatal` where a change was sent and no answer came. */
export function exchange(to: Remote, question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // Before a connection stands, nothing was sent and nothing can have changed.
    let state: 'connecting' | 'connected' = 'connecting'
    const lost = (cause: NodeJS.ErrnoException) => {
      const changed = state === 'connected' && question.method !== 'GET'
      reject(changed ? lostChange(to, cause) : unreachable(to, cause))
    }
    const request = (isSecure(to) ? secure : plain)(options(to, question), (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), lost)
    })
    request.on('socket', (socket) =>
      socket.once(isSecure(to) ? 'secureConnect' : 'connect', () => (state = 'connected')),
    )
    request.on('error', lost)
    request.end(question.body ?? undefined)
  })
}

function options(to: Remote, { method, path, body }: Question): RequestOptions {
  const content =
    body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  // One connection each: a command asks once, and a pooled one would keep its process alive.
  const common = { method, path, agent: false }
  if (to.kind === 'socket')
    return { ...common, socketPath: to.socketPath, headers: { ...content, host: 'localhost' } }
  const bearer = to.token === null ? {} : { authorization: `Bearer ${to.token}` }
  const { hostname, port } = to.url
  return { ...common, hostname: hostname.replace(/^\[|\]$/g, ''), port, headers: { ...content, ...bearer } }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function unreachable(to: Remote, cause: NodeJS.ErrnoException): Refusal {
  const what =
    cause.code === 'EACCES' ? `this user may not connect to ${to.name}` : `nobody answers at ${to.name}`
  return new Refusal('unreachable', `${what} (${cause.code ?? cause.message})`, {
    hint: 'start it with: portreeve up',
    cause,
  })
}

function lostChange(to: Remote, cause: Error): Fatal {
  return new Fatal(`the server at ${to.name} went away before it answered`, {
    hint: 'what was sent may be in the book: see portreeve log list',
    cause,
  })
}

function isSecure(to: Remote): boolean {
  return to.kind === 'network' && to.url.protocol === 'https:'
}
