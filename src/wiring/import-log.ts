import { resolve } from 'node:path'

import type { Begun, Succession } from '../actions/incident.ts'
import type { Imported, ImportedTail } from '../actions/import-tail.ts'
import { tileFolder } from '../adapters/tiles/tile-folder.ts'
import { tileWeb } from '../adapters/tiles/tile-web.ts'
import type { BookFlags } from '../cli/runtime.ts'
import { Refusal } from '../model/refusal.ts'
import { openEnvironment, SOFTWARE, type Opened } from './environment.ts'
import { lockFolder } from './lock.ts'
import { readSettings } from './settings.ts'

/** What the database lacks is read through before anything is written, and the book is opened with all its guards then. */
export async function importInto(flags: BookFlags, source: string): Promise<ImportedTail> {
  return alone(flags, async (env) => {
    const { checkTail, importTail } = await import('../actions/import-tail.ts')
    const isWeb = /^https?:\/\//.test(source)
    const tiles = isWeb ? tileWeb(source) : tileFolder(resolve(source), 'shared')
    const imported = await importTail(env, await checkTail(env, tiles))
    try {
      return { ...imported, incident: await recorded(env, imported, source), refused: null }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { ...imported, incident: null, refused: error.message }
    }
  })
}

export async function beginLogAfter(flags: BookFlags, succession: Succession): Promise<Begun> {
  return alone(flags, async (env) =>
    (await import('../actions/incident.ts')).beginAfter(env, SOFTWARE, succession),
  )
}

async function recorded(env: Opened, imported: Imported, source: string): Promise<number> {
  const { openBook } = await import('../actions/book.ts')
  const { recordRollback } = await import('../actions/incident.ts')
  const book = await openBook(env, SOFTWARE)
  const index = await recordRollback(env, book, imported, source)
  await book.close()
  return index
}

async function alone<T>(flags: BookFlags, work: (env: Opened) => Promise<T>): Promise<T> {
  const settings = await readSettings(flags, process.env)
  const lock = lockFolder(settings.data)
  try {
    const env = await openEnvironment(settings, { readOnly: false })
    try {
      return await work(env)
    } finally {
      await env.store.close()
    }
  } finally {
    lock.release()
  }
}
