import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { CheckpointRepository } from '../../ledger/checkpoint-repository.ts'
import { Refusal } from '../../model/refusal.ts'

const PATIENCE_MS = 30_000
const MOST = 1_000_000

/** Below `portreeve/`, one file for each origin. Runs the installed git, with the repository's own settings. */
export function gitRepository(path: string): CheckpointRepository {
  return {
    path,
    committed: async (origin) => {
      const top = await git(path, ['rev-parse', '--show-toplevel'])
      if (top.status !== 0) throw refuse(path, 'is not a git repository', top.said)
      // A repository without a commit has no HEAD, and one without the file has nothing to show.
      const shown = await git(path, ['show', `HEAD:./${fileOf(origin)}`])
      return shown.status === 0 ? shown.out : null
    },
    commit: async (origin, { size, note }) => {
      const file = fileOf(origin)
      await mkdir(dirname(join(path, file)), { recursive: true })
      await writeFile(join(path, file), note)
      await must(path, ['add', '--', file])
      const message = `portreeve: checkpoint of ${size} entries\n\n${origin}`
      await must(path, ['commit', '--quiet', '--message', message, '--only', '--', file])
      return (await must(path, ['rev-parse', 'HEAD'])).trim()
    },
  }
}

/** An origin may hold slashes and dots; a path of the repository is made of neither. */
function fileOf(origin: string): string {
  return `portreeve/${hash('sha256', origin, 'hex').slice(0, 32)}.checkpoint`
}

async function must(path: string, args: readonly string[]): Promise<string> {
  const { status, out, said } = await git(path, args)
  if (status === 0) return out
  throw refuse(path, `does not take the checkpoint: git ${args[0]} failed`, said)
}

interface Ran {
  readonly status: number
  readonly out: string
  readonly said: string
}

function git(path: string, args: readonly string[]): Promise<Ran> {
  // A git command that runs us, a hook say, names its own repository in the environment.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_DIR')))
  const options = { cwd: path, env: { ...env, LC_ALL: 'C' }, timeout: PATIENCE_MS, maxBuffer: MOST }
  return new Promise((resolve) => {
    execFile('git', [...args], options, (error, out, said) =>
      resolve({ status: error === null ? 0 : 1, out, said: said || (error?.message ?? '') }),
    )
  })
}

function refuse(path: string, what: string, said: string): Refusal {
  return new Refusal('file-unreadable', `${path} ${what}: ${said.trim().split('\n').at(-1) ?? ''}`, {
    hint: 'name a clone that this account may commit to',
  })
}
