import { hash } from 'node:crypto'

import { z } from 'zod'

import type { TileFiles } from '../ledger/tile-files.ts'
import { type Tile, tilePath, tilesBetween } from '../lib/tile.ts'
import { KEPT_TABLES, type KeptRow, type KeptTable } from '../model/kept.ts'
import { Refusal } from '../model/refusal.ts'

/** A backup as files: docs/formats/backup-v1.md. */
export const BACKUP_FORMAT = 'portreeve.dev/backup/v1'
export const MANIFEST = 'manifest.json'
export const LOG = 'log/'

const Manifest = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  made_at: z.iso.datetime(),
  software: z.string().max(200),
  origin: z.string().max(255),
  size: z.int().min(1),
  files: z.array(
    z.strictObject({
      path: z.string().max(200),
      bytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
})
export type Manifest = z.infer<typeof Manifest>

export function bundlesOf(size: number): Tile[] {
  return tilesBetween(0, size).filter(({ level }) => level === 'entries')
}

export function rowsPath(table: KeptTable, part: number): string {
  return `rows/${table}/${part}.jsonl`
}

/**
 * The manifest, after every file that it lists was held against its digest. The list must be the one that its size
 * asks for: a path that climbs out of the folder, or a file too many, is none of them. Throws `Refusal` bad-input.
 */
export async function readManifest(folder: Pick<TileFiles, 'read'>): Promise<Manifest> {
  const manifest = parseManifest(await folder.read(MANIFEST))
  requireWholeList(manifest)
  for (const { path, bytes, sha256 } of manifest.files) {
    const content = await folder.read(path)
    if (content === null) throw damaged(`${path} is not there`)
    if (content.length !== bytes || hash('sha256', content, 'hex') !== sha256)
      throw damaged(`${path} is not the file that the manifest lists`)
  }
  return manifest
}

/** The rows of a table, file by file. */
export async function* rowsOf(
  folder: Pick<TileFiles, 'read'>,
  manifest: Manifest,
  table: KeptTable,
): AsyncGenerator<readonly KeptRow[]> {
  for (const { path } of manifest.files.filter(({ path }) => path.startsWith(`rows/${table}/`))) {
    const text = Buffer.from((await folder.read(path)) ?? []).toString()
    yield text
      .split('\n')
      .slice(0, -1)
      .map((line) => rowOf(line, path))
  }
}

export function damaged(what: string): Refusal {
  return new Refusal('bad-input', `the backup cannot be used: ${what}`, {
    hint: 'nothing was restored; use another copy of it, or another backup',
  })
}

function parseManifest(bytes: Uint8Array | null): Manifest {
  if (bytes === null) throw damaged(`it has no ${MANIFEST}: the folder is none, or its making was broken off`)
  try {
    return Manifest.parse(JSON.parse(Buffer.from(bytes).toString()))
  } catch {
    throw damaged(`its ${MANIFEST} is not one of ${BACKUP_FORMAT}`)
  }
}

function requireWholeList({ size, files }: Manifest): void {
  const listed = files.map(({ path }) => path)
  const log = [`${LOG}checkpoint`, ...bundlesOf(size).map((tile) => LOG + tilePath(tile))]
  const rows = KEPT_TABLES.flatMap((table) =>
    listed.filter((path) => path.startsWith(`rows/${table}/`)).map((_, part) => rowsPath(table, part)),
  )
  const wanted = [...log, ...rows]
  if (listed.length !== wanted.length || listed.some((path, n) => path !== wanted[n]))
    throw damaged(`its ${MANIFEST} does not list the files of ${size} entries`)
}

function rowOf(line: string, path: string): KeptRow {
  try {
    const row: unknown = JSON.parse(line)
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as KeptRow
  } catch {}
  throw damaged(`${path} holds a line that is no row`)
}
