import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { Refusal } from '../model/refusal.ts'

/**
 * One process owns a data folder. The lock is SQLite's own file lock on a file of no content: the system lets go of
 * it when the process ends, however it ends, which a file with a process id in it does not.
 */
export function lockFolder(data: string): { release: () => void } {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(data, 'lock'))
  try {
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new Refusal('book-busy', `another process works with the book in ${data}`, {
      hint: 'wait for it, or stop it; a running server answers all commands itself',
      cause,
    })
  }
  return { release: () => lock.close() }
}

/** Where the server of a data folder listens for the command line. A socket's path holds at most 107 bytes. */
export function socketPath(data: string): string {
  const path = join(data, 'portreeve.sock')
  if (Buffer.byteLength(path) <= 100) return path
  return join(tmpdir(), `portreeve-${createHash('sha256').update(data).digest('hex').slice(0, 16)}.sock`)
}
