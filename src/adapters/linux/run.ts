import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const exec = promisify(execFile)
const MAX_OUTPUT = 64 * 1024 * 1024
const TIMEOUT_MS = 10_000

/** Standard output of a program; null where it is missing, fails, hangs or says more than 64 MB. */
export async function run(program: string, args: readonly string[]): Promise<string | null> {
  const options = { maxBuffer: MAX_OUTPUT, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const
  try {
    // /usr/sbin is not on an ordinary account's path everywhere; ss prints names of states untranslated under C.
    const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, LC_ALL: 'C' }
    const { stdout } = await exec(program, args, { ...options, env })
    return stdout
  } catch {
    return null
  }
}
