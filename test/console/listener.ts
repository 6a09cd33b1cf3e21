import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

import { ended } from './console.ts'

/** A process of its own that listens on a port that was free. */
export interface Listener {
  readonly port: number
  readonly pid: number
  readonly close: () => Promise<void>
}

const LISTEN = `
process.title = process.argv[1]
const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))
`

/** `name` is what the kernel calls the process; it keeps 15 bytes of it. */
export async function listen(name: string, executable = process.execPath): Promise<Listener> {
  const child = spawn(executable, ['-e', LISTEN, name], { stdio: ['ignore', 'pipe', 'ignore'] })
  const close = () => ended(child, 'SIGTERM')
  onTestFinished(close)
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { port: Number(said.toString()), pid: child.pid ?? 0, close }
}
