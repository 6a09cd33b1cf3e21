import { hash } from 'node:crypto'

import type { Desk } from '../api/operations.ts'
import type { TileFiles } from '../ledger/tile-files.ts'
import { tilePath } from '../lib/tile.ts'
import { KEPT_TABLES, type KeptRow, type KeptTable } from '../model/kept.ts'
import { Refusal } from '../model/refusal.ts'
import { BACKUP_FORMAT, bundlesOf, LOG, MANIFEST, type Manifest, rowsPath } from './backup-files.ts'
import { exportLog } from './export-log.ts'

export interface BackedUp {
  readonly origin: string
  readonly size: number
  readonly files: number
  readonly bytes: number
}

interface Making {
  readonly software: string
  readonly now: () => string
  readonly tell: (done: number, of: number) => void
}

/** Rows of a file, and of one question. */
const ROWS = 5_000
const COVER_ATTEMPTS = 50
const COVER_WAIT_MS = 100

/**
 * Writes a backup into an empty folder while the book goes on: docs/formats/backup-v1.md. The entries are those under
 * a checkpoint that covers all that was acknowledged before; the manifest comes last, so a folder without one is none.
 */
export async function backUp(desk: Desk, folder: TileFiles, making: Making): Promise<BackedUp> {
  if ((await folder.read(MANIFEST)) !== null || (await folder.read(`${LOG}checkpoint`)) !== null)
    throw new Refusal('conflict', 'the folder holds a backup already', { hint: 'name another folder' })
  await untilCovered(desk)
  const { origin, size } = await exportLog(desk, below(folder, LOG), making.tell)
  const files = [...(await logFiles(folder, size)), ...(await rowFiles(desk, folder, size))]
  const manifest: Manifest = {
    format: BACKUP_FORMAT,
    made_at: making.now(),
    software: making.software,
    origin,
    size,
    files,
  }
  await folder.replace(MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`))
  return { origin, size, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** What was acknowledged is signed within a moment; where it is not, the book says why when it is used. */
async function untilCovered(desk: Desk): Promise<void> {
  const { size } = await desk.call('listEntries', { limit: 1 })
  for (let attempt = 0; attempt < COVER_ATTEMPTS; attempt++) {
    const { checkpoints } = await desk.call('listCheckpoints', { from: size, limit: 1 })
    if (checkpoints.length > 0) return
    await new Promise((resolve) => setTimeout(resolve, COVER_WAIT_MS))
  }
  throw new Refusal('ledger-pushback', `no checkpoint covers the ${size} entries of the ledger yet`, {
    hint: 'run it again in a moment; if that does not help, portreeve up says what keeps it from signing',
  })
}

async function logFiles(folder: TileFiles, size: number): Promise<Manifest['files'][number][]> {
  const files = []
  for (const path of [`${LOG}checkpoint`, ...bundlesOf(size).map((tile) => LOG + tilePath(tile))]) {
    const bytes = await folder.read(path)
    if (bytes === null) throw new Error(`the export left ${path} out`)
    files.push(described(path, bytes))
  }
  return files
}

async function rowFiles(desk: Desk, folder: TileFiles, size: number): Promise<Manifest['files'][number][]> {
  const files = []
  for (const table of KEPT_TABLES) {
    let after: string | undefined
    for (let part = 0; part === 0 || after !== undefined; part++) {
      const page = await desk.call('readKept', { table, limit: ROWS, ...(after !== undefined && { after }) })
      const rows = (page.rows as readonly KeptRow[]).filter((row) => isUnder(table, row, size))
      const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
      const path = rowsPath(table, part)
      await folder.replace(path, bytes)
      files.push(described(path, bytes))
      after = page.next ?? undefined
    }
  }
  return files
}

/** The book goes on while it is backed up: what belongs to later entries stays out. */
function isUnder(table: KeptTable, row: KeptRow, size: number): boolean {
  return table === 'sealed' ? Number(row['idx']) < size : Number(row['size']) <= size
}

function described(path: string, bytes: Uint8Array): Manifest['files'][number] {
  return { path, bytes: bytes.length, sha256: hash('sha256', bytes, 'hex') }
}

function below(folder: TileFiles, prefix: string): TileFiles {
  return {
    read: (path) => folder.read(prefix + path),
    write: (path, bytes) => folder.write(prefix + path, bytes),
    replace: (path, bytes) => folder.replace(prefix + path, bytes),
  }
}
