import { hash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { parseCheckpoint } from '../../ledger/checkpoint.ts'
import type { WitnessState } from '../../ledger/witness-state.ts'
import { parseNote } from '../../lib/signed-note.ts'
import { Fatal } from '../../model/refusal.ts'

/** A file for each origin: `<sha256 of the origin>/checkpoint`, a signed note. */
export function stateFolder(folder: string): WitnessState {
  const pathOf = (digest: string) => join(folder, digest, 'checkpoint')
  return {
    latest: async (origin) => {
      const path = pathOf(digestOf(origin))
      const note = await readNote(path)
      if (note !== null && originOf(note) !== origin) throw lost(path, 'it is of another log')
      return note
    },
    remember: async (origin, note) => replace(pathOf(digestOf(origin)), note),
    byDigest: async (digest) => (DIGEST.test(digest) ? readNote(pathOf(digest)) : null),
  }
}

const DIGEST = /^[0-9a-f]{64}$/

function digestOf(origin: string): string {
  return hash('sha256', origin, 'hex')
}

async function readNote(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw lost(path, codeOf(error))
  }
}

function originOf(note: string): string | null {
  try {
    return parseCheckpoint(parseNote(Buffer.from(note)).text).origin
  } catch {
    return null
  }
}

/** On the disk, its name included, when the promise resolves. */
async function replace(path: string, note: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.new`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await synced(draft, 'wx', (file) => file.writeFile(note))
    await rename(draft, path)
    if (process.platform !== 'win32') await synced(dirname(path), 'r', async () => undefined)
  } catch (error) {
    throw lost(path, codeOf(error))
  }
}

async function synced(
  path: string,
  flags: 'r' | 'wx',
  work: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await work(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

function lost(path: string, reason: string): Fatal {
  return new Fatal(`what this witness remembers in ${path} cannot be read or written: ${reason}`, {
    hint: 'mend the disk or put the file back; without it the witness would cosign a log that was rewritten',
  })
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
