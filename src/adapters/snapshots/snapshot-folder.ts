import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type SnapshotFiles, SnapshotUnreadable } from '../../ledger/snapshot-files.ts'
import { openState, sealState } from './state-file.ts'

/** Snapshots as files in a folder, for its owner alone, which is made when the first is written. */
export function snapshotFolder(folder: string): SnapshotFiles {
  return {
    write: (name, key, text) => write(folder, name, sealState(key, text)),
    read: (name, key) => openState(key, readPieces(join(folder, `${name}${ENDING}`))),
    list: async () => (await namesIn(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? []),
    remove: async (name) => rm(join(folder, `${name}${ENDING}`), { force: true }),
  }
}

const ENDING = '.state'
const NAME = /^([1-9][0-9]*-[0-9a-f]{32})\.state$/
const DRAFT = '.new'
const PIECE = 1024 * 1024

/** Under another name first, so that a torn file is never taken for a snapshot; drafts that a crash left go first. */
async function write(folder: string, name: string, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const left of (await namesIn(folder)).filter((each) => each.endsWith(DRAFT)))
    await rm(join(folder, left), { force: true })
  const draft = join(folder, `${name}.${randomUUID()}${DRAFT}`)
  let bytes = 0
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      for await (const piece of pieces) {
        await file.writeFile(piece)
        bytes += piece.length
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, join(folder, `${name}${ENDING}`))
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  return bytes
}

async function* readPieces(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new SnapshotUnreadable(
      error.code === 'ENOENT' ? 'its file is not here' : `its file cannot be read: ${error.code}`,
    )
  })
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}
