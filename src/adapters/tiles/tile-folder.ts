import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { TileFiles } from '../../ledger/tile-files.ts'
import { Fatal, Refusal } from '../../model/refusal.ts'

interface Modes {
  readonly folder: number
  readonly file: number
}

/** The data folder's own: entries are for who may read the book. */
const PRIVATE: Modes = { folder: 0o700, file: 0o600 }
/** An export, which a web server's account has to read; the umask still counts. */
const SHARED: Modes = { folder: 0o777, file: 0o666 }

/** Tiles as files below a folder, which is made when the first is written. */
export function tileFolder(folder: string, kind: 'private' | 'shared'): TileFiles {
  const modes = kind === 'private' ? PRIVATE : SHARED
  return {
    read: (path) => readIfThere(join(folder, path)),
    write: async (path, bytes) => {
      const at = join(folder, path)
      if ((await readIfThere(at)) === null) await writeDurably(at, bytes, modes)
    },
    replace: (path, bytes) => writeDurably(join(folder, path), bytes, modes),
  }
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw new Refusal('file-unreadable', `${path} cannot be read: ${codeOf(error)}`, {
      hint: 'give the folder back to the account that runs Portreeve, or name another; tiles can be made again',
      cause: error,
    })
  }
}

/** Under another name first: a torn tile under its own name would be taken for damage of the log. */
async function writeDurably(path: string, bytes: Uint8Array, modes: Modes): Promise<void> {
  const draft = `${path}.${randomUUID()}.new`
  try {
    await mkdir(dirname(path), { recursive: true, mode: modes.folder })
    const file = await open(draft, 'wx', modes.file)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    throw new Fatal(`${path} cannot be written: ${codeOf(error)}`, {
      hint: 'make room on the disk, or give the folder back to the account that runs Portreeve; then start again',
      cause: error,
    })
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
