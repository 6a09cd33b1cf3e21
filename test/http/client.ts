import { httpApp } from '../../src/http/app.ts'
import { allowedHosts } from '../../src/http/listen.ts'
import type { Door } from '../../src/http/world.ts'
import { smallWorld, type SmallWorld } from './small-desk.ts'

const ORIGIN = 'http://127.0.0.1:8460'
const LISTEN = { host: '127.0.0.1', port: 8460 }

export const TCP: Door = { kind: 'tcp', tls: false, loopback: true, hosts: allowedHosts(LISTEN, [], false) }
export const SOCKET: Door = { kind: 'socket' }

interface Extra {
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export interface Client {
  readonly world: SmallWorld
  readonly closing: AbortController
  /** As a program would ask: `Host` and nothing else unless given. */
  readonly ask: (method: string, path: string, more?: Extra) => Promise<Response>
  /** Spends a new link; the `Cookie` header of the session. */
  readonly signIn: () => Promise<{ cookie: string }>
}

/** A client in this process; `app.request` without sockets. */
export async function client(door: Door = TCP, given?: SmallWorld): Promise<Client> {
  const world = given ?? (await smallWorld())
  const closing = new AbortController()
  const app = httpApp({ ...world, closing: closing.signal }, door)
  const ask: Client['ask'] = async (method, path, { body, headers } = {}) =>
    app.request(`${ORIGIN}${path}`, {
      method,
      headers: {
        host: '127.0.0.1:8460',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const signIn = async () => {
    const entered = await ask('POST', '/api/v1/session', { body: { link: await world.makeLink() } })
    return { cookie: entered.headers.get('set-cookie')?.split(';')[0] ?? '' }
  }
  return { world, closing, ask, signIn }
}

export async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>
}
