import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const exec = promisify(execFile)
const LIMITS = { maxBuffer: 64 * 1024 * 1024, timeout: 30_000, killSignal: 'SIGKILL' } as const

/**
 * Standard output of a program, also where it ends with 1, as lsof does over anything it could not see; null where
 * it is missing, hangs or says more than 64 MB.
 */
export async function run(program: string, args: readonly string[]): Promise<string | null> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }
  try {
    return (await exec(program, args, { ...LIMITS, env })).stdout
  } catch (error) {
    return spoken(error)
  }
}

function spoken(error: unknown): string | null {
  const { code, killed, stdout } = error as { code?: unknown; killed?: unknown; stdout?: unknown }
  return code === 1 && killed !== true && typeof stdout === 'string' ? stdout : null
}
