import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

import type { Workplace } from './cli.ts'
import { sendInside } from './lone-host.ts'

const NGINX = '/usr/sbin/nginx'

/** A real server: Debian's nginx where it is installed, else a small one of Node's. */
export interface Listener {
  /** What the kernel calls its process. */
  readonly name: string
  close(): Promise<void>
}

export function openListener(place: Workplace, enter: readonly string[], port: number): Listener {
  const [name, command] = existsSync(NGINX)
    ? (['nginx', nginx(place, port)] as const)
    : (['MainThread', node(port)] as const)
  const [first = '', ...rest] = [...enter, ...command]
  const child = spawn(first, rest, { stdio: 'ignore' })
  const gone = new Promise((resolve) => child.once('close', resolve))
  const end = async (signal: NodeJS.Signals) => {
    sendInside(child, signal)
    await gone
  }
  onTestFinished(() => end('SIGKILL'))
  return { name, close: () => end('SIGTERM') }
}

function nginx(place: Workplace, port: number): readonly string[] {
  const folder = join(place.folder, `nginx-${port}`)
  mkdirSync(folder, { recursive: true })
  const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((part) => `${part}_temp_path ${folder};`)
    .join(' ')
  const config = place.put(
    `nginx-${port}/nginx.conf`,
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
     http { access_log off; ${kept} server { listen 127.0.0.1:${port}; } }`,
  )
  return [NGINX, '-p', folder, '-c', config]
}

function node(port: number): readonly string[] {
  return [process.execPath, '-e', `require('node:http').createServer().listen(${port}, '127.0.0.1')`]
}
