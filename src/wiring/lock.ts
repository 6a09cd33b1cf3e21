import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { explainSqlite } from '../adapters/database/sqlite-faults.ts'
import { Fatal, Refusal } from '../model/refusal.ts'

/**
 * One process owns a data folder. The lock is SQLite's own file lock on a file of no content: the system lets go of
 * it when the process ends, however it ends, which a file with a process id in it does not.
 */
export function lockFolder(data: string): { release: () => void } {
  makeFolder(data)
  return explainSqlite(() => {
    const lock = new DatabaseSync(join(data, 'lock'))
    try {
      lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
    } catch (cause) {
      lock.close()
      throw isBusy(cause) ? taken(data, cause) : cause
    }
    return { release: () => lock.close() }
  })
}

function makeFolder(data: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new Fatal(`the disk of ${data} is full`, { hint: 'make room and start again', cause })
    throw new Refusal('file-unreadable', `the data folder ${data} cannot be made`, {
      hint: 'name a folder of this account: --data DIR or PORTREEVE_DATA',
      cause,
    })
  }
}

/** https://sqlite.org/rescode.html#busy; a full disk or a file that may not be written is something else. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}

function taken(data: string, cause: unknown): Refusal {
  return new Refusal('book-busy', `another process works with the book in ${data}`, {
    hint: 'wait for it, or stop it; a running server answers all commands itself',
    cause,
  })
}

/** Which book the server of a data folder keeps: the digest of its database's URL, or `sqlite`. */
export function storeName(database: string | null): string {
  return database === null ? 'sqlite' : createHash('sha256').update(database).digest('hex')
}

/** Where the server says which book it keeps. */
export function storeFile(data: string): string {
  return join(data, 'server.store')
}

/** Where the server of a data folder listens for the command line. A socket's path holds at most 107 bytes. */
export function socketPath(data: string): string {
  const path = join(data, 'portreeve.sock')
  if (Buffer.byteLength(path) <= 100) return path
  return join(tmpdir(), `portreeve-${createHash('sha256').update(data).digest('hex').slice(0, 16)}.sock`)
}
