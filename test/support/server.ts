import type { ChildProcess } from 'node:child_process'
import { request } from 'node:http'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

import { gather, until, type RunOptions, type Workplace } from './cli.ts'
import { sendInside } from './lone-host.ts'

export interface Server {
  /** `http://127.0.0.1:PORT`, as the terminal says. */
  readonly origin: string
  /** The one-time link of the first start. */
  readonly link: string
  readonly process: ChildProcess
  readonly out: () => string
  readonly err: () => string
  /** Over the data folder's socket, as the operator. */
  get(path: string): Promise<unknown>
  /** Asks it to end; its exit status. */
  stop(): Promise<number | null>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
}

/** Starts `portreeve up` and waits until it has told where it listens. It is gone when the test is. */
export async function startServer(
  place: Workplace,
  args: readonly string[],
  options?: RunOptions,
): Promise<Server> {
  const child = place.start(['up', '--listen', '127.0.0.1:0', ...args], options)
  const [out, err] = [gather(child.stdout), gather(child.stderr)]
  const gone = new Promise<number | null>((resolve) => child.once('close', resolve))
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    sendInside(child, signal)
    return gone
  }
  onTestFinished(async () => void (await end('SIGKILL')))
  const [origin, link] = await until('up has started', () => {
    if (child.exitCode !== null) throw new Error(`up ended with ${child.exitCode}: ${err()}`)
    const said = /Console: (\S+)[^]*One-time link: (\S+)/.exec(out())
    return said === null ? null : ([said[1] ?? '', said[2] ?? ''] as const)
  })
  return {
    origin,
    link,
    process: child,
    out,
    err,
    get: (path) => getOver(join(place.data, 'portreeve.sock'), path),
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  }
}

/** What stands at a path, asked over a socket as the operator. */
export function getOver(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers: { host: 'localhost' }, agent: false }, (response) => {
      const text = gather(response)
      response.once('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text()))
        else reject(new Error(`${path}: HTTP ${response.statusCode}: ${text()}`))
      })
    })
    asked.once('error', reject)
    asked.end()
  })
}
