import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

import type { Witness } from '../actions/witness.ts'
import type { Log } from '../lib/log.ts'
import { Fatal } from '../model/refusal.ts'

/** A checkpoint with a hundred post-quantum signatures is shorter. */
const MAX_BODY = 1_000_000
const LATEST = /^\/([0-9a-f]{64})\/checkpoint$/

/**
 * C2SP tlog-witness v1.0.0 for anybody who can connect: what counts is the log's signature on the checkpoint. Beside
 * it `GET /<SHA-256 of the origin>/checkpoint` shows what was cosigned last, so that a log that came back from an old
 * backup learns of it before it signs.
 */
export function witnessServer(witness: Witness, log: Log, onFatal: (error: Fatal) => void): Server {
  const server = createServer((request, response) => void handle(request, response))
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const answered = await answer(witness, request)
      const { status, reason = null } = answered
      log.info('request', { method: request.method ?? '', status, reason })
      send(response, answered)
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      log.error(error instanceof Fatal ? 'fatal' : 'bug', { detail })
      send(response, { status: 500, text: 'this witness cannot answer\n' })
      if (error instanceof Fatal) onFatal(error)
    }
  }
  server.headersTimeout = 15_000
  server.requestTimeout = 30_000
  server.maxConnections = 1000
  return server
}

interface Answered {
  readonly status: number
  readonly text: string
  readonly type?: string
  readonly reason?: string
}

async function answer(witness: Witness, request: IncomingMessage): Promise<Answered> {
  const path = request.url?.split('?')[0] ?? ''
  const digest = LATEST.exec(path)?.[1]
  if (digest !== undefined)
    return request.method === 'GET' ? shown(await witness.latest(digest)) : notAllowed('GET')
  if (path !== '/add-checkpoint') return { status: 404, text: 'there is nothing at this path\n' }
  if (request.method !== 'POST') return notAllowed('POST')
  const body = await bodyOf(request)
  if (body === null) return { status: 413, text: `a request has at most ${MAX_BODY} bytes\n` }
  const answered = await witness.addCheckpoint(body)
  if (answered.status === 200) return { status: 200, text: answered.line }
  const { status, reason } = answered
  return status === 409
    ? { status, text: `${answered.size}\n`, type: 'text/x.tlog.size', reason }
    : { status, text: `${reason}\n`, reason }
}

function shown(note: string | null): Answered {
  return note === null
    ? { status: 404, text: 'nothing was cosigned of that log\n' }
    : { status: 200, text: note }
}

function notAllowed(method: string): Answered {
  return { status: 405, text: `this takes ${method}\n` }
}

/** Null where there is more. Counts what arrives: `Content-Length` is what the sender says. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > MAX_BODY) return null
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

function send(
  response: ServerResponse,
  { status, text, type = 'text/plain; charset=utf-8' }: Answered,
): void {
  // What is left of a body that was too large is not read: the connection ends with the answer.
  const close = status === 413 ? { connection: 'close' } : {}
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...close })
  response.end(text)
}
