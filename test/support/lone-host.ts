import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'

import { until } from './cli.ts'

const NAMESPACES = ['--net', '--pid', '--mount']

/** Why no host of its own can be made here; null where it can. */
export const loneHostMissing: string | null =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'a network and process namespace of its own needs root on Linux'
    : spawnSync('unshare', [...NAMESPACES, '--fork', '--mount-proc', 'true']).status === 0
      ? null
      : 'unshare(1) may make no namespaces here'

/**
 * A machine on which nobody else opens ports: a network and a process namespace of its own, with loopback alone. The
 * answer stands before a command to run it there.
 */
export async function loneHost(): Promise<readonly string[]> {
  const init = 'ip link set lo up && echo ready && exec sleep infinity'
  const made = spawn('unshare', [...NAMESPACES, '--fork', '--kill-child', '--mount-proc', 'sh', '-c', init])
  const gone = new Promise((resolve) => made.once('close', resolve))
  onTestFinished(async () => {
    made.kill('SIGKILL')
    await gone
  })
  const first = await until('the namespace is there', () => {
    if (made.exitCode !== null) throw new Error(`unshare ended with ${made.exitCode}`)
    const child = readFileSync(`/proc/${made.pid}/task/${made.pid}/children`, 'utf8').trim()
    return child === '' || !loopbackIsUp(child) ? null : child
  })
  return ['nsenter', '--target', first, ...NAMESPACES]
}

function loopbackIsUp(pid: string): boolean {
  return spawnSync('nsenter', ['--target', pid, '--net', 'ip', '-br', 'link', 'show', 'lo']).stdout.includes(
    'LOWER_UP',
  )
}

/** A signal to what was started, also inside a namespace: `nsenter` waits for the child it made and hands none on. */
export function sendInside(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(innermost(child.pid), signal)
}

function innermost(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  const command = readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  return command === 'nsenter' && children !== '' ? Number(children.split(' ')[0]) : pid
}
