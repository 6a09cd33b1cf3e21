import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import type { Runtime } from '../cli/runtime.ts'
import { terminalOf } from '../cli/terminal.ts'
import type { Desk } from '../api/operations.ts'
import { Refusal } from '../model/refusal.ts'
import { fileReader, hostReader, openEnvironment, repositoryAt, SOFTWARE } from './environment.ts'
import { lockFolder, socketPath, storeFile, storeName } from './lock.ts'
import { readSettings, type Settings } from './settings.ts'
import { runVerifier } from './verifier.ts'

/** What the command line runs with in this process. */
export function runtimeOf(host: NodeJS.Process): Runtime {
  const terminal = terminalOf(host)
  return {
    terminal,
    now: () => new Date().toISOString(),
    software: SOFTWARE,
    withDesk: async (flags, work) => withDesk(await readSettings(flags, host.env), work),
    host: hostReader,
    files: fileReader,
    exportFolder: async (dir) => (await import('../adapters/tiles/tile-folder.ts')).tileFolder(dir, 'shared'),
    verify: (args) => runVerifier(args, terminal),
    writeFolder: async (dir, files) =>
      (await import('../adapters/files/new-folder.ts')).writeNewFolder(dir, files),
    repository: async (flags, dir) => {
      const path = dir ?? (await readSettings(flags, host.env)).ledger.repository
      if (path !== null) return repositoryAt(resolve(path))
      throw new Refusal('bad-input', 'no repository was named', {
        hint: 'name one: portreeve log witness commit REPO, or `ledger: { repository: … }` in the configuration',
      })
    },
    serveWitness: async (flags) => (await import('./witness.ts')).runWitness(flags, terminal),
    signing: async () => (await import('../adapters/signing/signing-files.ts')).signingFiles,
    privateFolder: async (dir) =>
      (await import('../adapters/tiles/tile-folder.ts')).tileFolder(dir, 'private'),
    restore: async (flags, dir, tiles) => (await import('./restore.ts')).restoreInto(flags, dir, tiles),
    importTail: async (flags, source) => (await import('./import-log.ts')).importInto(flags, source),
    beginLogAfter: async (flags, succession) =>
      (await import('./import-log.ts')).beginLogAfter(flags, succession),
    up: async (flags) => (await import('./up.ts')).up(flags, terminal),
  }
}

const LOCK_ATTEMPTS = 50
const LOCK_WAIT_MS = 200

/** The running server answers where there is one; else this process opens the book, alone. */
async function withDesk<T>(settings: Settings, work: (desk: Desk) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const server = await runningServer(settings)
    if (server !== null) return work(server)
    try {
      return await withOwnBook(settings, work)
    } catch (error) {
      // Another command has the folder for a moment, or a server is just starting there.
      const busy = error instanceof Refusal && error.code === 'book-busy'
      if (!busy || attempt === LOCK_ATTEMPTS) throw error
      await delay(LOCK_WAIT_MS)
    }
  }
}

async function runningServer({ data, database }: Settings): Promise<Desk | null> {
  const path = socketPath(data)
  if (!existsSync(path)) return null
  refuseForeign(path)
  if (!(await isAnswered(path))) return null
  if (database !== null && readFileSync(storeFile(data), 'utf8') !== storeName(database)) {
    throw new Refusal(
      'conflict',
      `the server that runs on ${data} keeps another book than the database that was named`,
      {
        hint: 'leave --database and PORTREEVE_DATABASE out, or name the data folder of the server that keeps it: --data DIR',
      },
    )
  }
  return (await import('../adapters/server/remote-desk.ts')).remoteDesk({ socketPath: path })
}

/** Where the socket had to be put into a shared folder, another account could have been there first. */
function refuseForeign(path: string): void {
  if (lstatSync(path).uid === process.geteuid?.()) return
  throw new Refusal('forbidden', `${path} belongs to another account`, {
    hint: 'use a data folder with a shorter path, or run the command as the account of the server',
  })
}

/** A socket's file outlives a server that was killed. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function withOwnBook<T>(settings: Settings, work: (desk: Desk) => Promise<T>): Promise<T> {
  const lock = lockFolder(settings.data)
  try {
    const { openBook } = await import('../actions/book.ts')
    const { deskOf } = await import('../actions/desk.ts')
    const env = await openEnvironment(settings, { readOnly: false })
    try {
      const book = await openBook(env, SOFTWARE)
      const result = await work(deskOf(env, book))
      await book.close()
      return result
    } finally {
      await env.store.close()
    }
  } finally {
    lock.release()
  }
}
