import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import { Refusal } from '../../model/refusal.ts'
import { systemReason } from './system-reason.ts'

/**
 * Writes files below a folder that is not there yet, or empty. They come into being under another name and get this one
 * at the end, so that a folder of that name is whole.
 */
export async function writeNewFolder(
  dir: string,
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const folder = resolve(dir)
  await refuseTaken(folder, dir)
  const draft = `${folder}.${randomUUID()}.new`
  try {
    for (const { path, bytes } of files) await writeFile(join(draft, path), bytes)
    await rename(draft, folder)
  } catch (cause) {
    await rm(draft, { recursive: true, force: true })
    throw new Refusal('file-unreadable', `${dir} cannot be written: ${systemReason(cause)}`, {
      hint: 'name a folder of this account, on a disk with room',
      cause,
    })
  }
}

async function refuseTaken(folder: string, dir: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? [] : null,
  )
  if (names?.length === 0) return
  throw new Refusal('conflict', names === null ? `${dir} is no folder` : `${dir} holds something already`, {
    hint: 'name a folder that is not there yet: -o DIR',
  })
}

async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}
