import type { Restored } from '../actions/restore.ts'
import { tileFolder } from '../adapters/tiles/tile-folder.ts'
import type { BookFlags } from '../cli/runtime.ts'
import { openEnvironment } from './environment.ts'
import { lockFolder } from './lock.ts'
import { readSettings } from './settings.ts'

/** The backup is read through before the store is opened, so that a bad one leaves nothing behind. */
export async function restoreInto(flags: BookFlags, dir: string, tiles: string | null): Promise<Restored> {
  const settings = await readSettings(flags, process.env)
  const { checkBackup, restore } = await import('../actions/restore.ts')
  const backup = await checkBackup(
    tileFolder(dir, 'private'),
    tiles === null ? null : tileFolder(tiles, 'shared'),
  )
  const lock = lockFolder(settings.data)
  try {
    const env = await openEnvironment(settings, { readOnly: false })
    try {
      return await restore(env, backup)
    } finally {
      await env.store.close()
    }
  } finally {
    lock.release()
  }
}
