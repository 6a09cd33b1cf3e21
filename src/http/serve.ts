import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { getRequestListener } from '@hono/node-server'

import { Refusal } from '../model/refusal.ts'
import { httpApp } from './app.ts'
import { allowedHosts, authority, type Listen } from './listen.ts'
import { listenOnSocket } from './socket.ts'
import type { Door, World } from './world.ts'

/** PEM texts. */
interface Tls {
  readonly certificate: string
  readonly key: string
}

export interface Where {
  /** Null: the socket alone. */
  readonly listen: Listen | null
  readonly tls: Tls | null
  /** Further names under which the console may be called. */
  readonly names: readonly string[]
  /** `<data>/portreeve.sock`; null: none. */
  readonly socketPath: string | null
}

export interface Serving {
  /** `http://127.0.0.1:8460`; null where only the socket is served. */
  readonly origin: string | null
  /** The page that spends a one-time link. The secret is a fragment: browsers do not send it, so nobody logs it. */
  readonly enterUrl: (link: string) => string | null
  /** Ends streams, lets running requests finish for a while, then closes what is left. */
  stop(): Promise<void>
}

/** How long a request may still run after `stop`. */
const GRACE_MS = 5000
const MOST_CONNECTIONS = 1000

/** Throws `Refusal` `listen-refused` or `book-busy` with nothing left listening. */
export async function serve(world: Omit<World, 'closing'>, where: Where): Promise<Serving> {
  const closing = new AbortController()
  const whole: World = { ...world, closing: closing.signal }
  const servers: Server[] = []
  const started = (server: Server) => {
    servers.push(server)
    // Such as too many open files while accepting: the server goes on, and somebody should know.
    server.on('error', (error) => world.log.error('server', { error: error.message }))
  }
  const stop = async () => {
    closing.abort()
    await Promise.all(servers.map(closed))
  }
  try {
    if (where.socketPath !== null) started(await onSocket(whole, where.socketPath))
    const origin = where.listen === null ? null : await onTcp(whole, where, where.listen, started)
    return { origin, enterUrl: (link) => (origin === null ? null : `${origin}/enter#${link}`), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function onSocket(world: World, path: string): Promise<Server> {
  const server = bounded(createServer(listener(world, { kind: 'socket' })))
  await listenOnSocket(server, path)
  return server
}

async function onTcp(
  world: World,
  where: Where,
  at: Listen,
  started: (server: Server) => void,
): Promise<string> {
  const tls = where.tls !== null
  let answer: RequestListener | null = null
  const relay: RequestListener = (request, response) => answer?.(request, response)
  const server = bounded(
    where.tls === null
      ? createServer(relay)
      : createTlsServer({ cert: where.tls.certificate, key: where.tls.key }, relay),
  )
  await listenOnTcp(server, at)
  started(server)
  // Port 0 is known only now, and the names that we answer to hold the port.
  const actual = { host: at.host, port: (server.address() as AddressInfo).port }
  answer = listener(world, {
    kind: 'tcp',
    tls,
    loopback: at.loopback,
    hosts: allowedHosts(actual, where.names, tls),
  })
  return `${tls ? 'https' : 'http'}://${authority(actual)}`
}

function listener(world: World, door: Door): RequestListener {
  // A client of the socket needs no host name; the listener asks for one to build a URL.
  const options = { overrideGlobalObjects: false, hostname: 'localhost' }
  const answer = getRequestListener(httpApp(world, door).fetch, options)
  return (request, response) => void answer(request, response)
}

/** A client that sends a header a minute, or opens sockets without end, must not hold the server. */
function bounded(server: Server): Server {
  server.headersTimeout = 15_000
  server.requestTimeout = 120_000
  server.maxConnections = MOST_CONNECTIONS
  return server
}

function listenOnTcp(server: Server, at: Listen): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(refused(error, at))
    server.once('error', failed)
    server.listen({ host: at.host, port: at.port }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

function refused(error: NodeJS.ErrnoException, at: Listen): Error {
  const why: Partial<Record<string, string>> = {
    EADDRINUSE: 'something else listens there',
    EACCES: 'this user may not listen on a port below 1024',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'this name has no address',
  }
  const reason = why[error.code ?? '']
  if (reason === undefined) return error
  return new Refusal('listen-refused', `${authority(at)}: ${reason}`, {
    hint: 'choose another address or port with --listen',
    cause: error,
  })
}

async function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()))
  // A stream that has just ended leaves a connection that is kept alive: it is idle only from then on.
  const idle = setInterval(() => server.closeIdleConnections(), 20)
  const late = setTimeout(() => server.closeAllConnections(), GRACE_MS)
  await done
  clearInterval(idle)
  clearTimeout(late)
}
