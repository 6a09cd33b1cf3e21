import type { LedgerReads, LogHead, StoredCheckpoint, StoredEntry } from '../../ledger/store.ts'
import type { Sealed } from '../../model/entry.ts'
import type { Connection } from './connection.ts'
import type { EntryTable, Tables } from './tables.ts'

export function ledgerReads({ db }: Connection): LedgerReads {
  const entriesWhere = db.selectFrom('entry').selectAll()
  return {
    head: async () => {
      const row = await db.selectFrom('log_head').selectAll().executeTakeFirst()
      return row === undefined ? null : headOf(row)
    },
    entry: async (index) => {
      const row = await entriesWhere.where('idx', '=', index).executeTakeFirst()
      return row === undefined ? null : entryOf(row)
    },
    entryById: async (id) => {
      const row = await entriesWhere.where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : entryOf(row)
    },
    entries: async ({ from, limit, descending = false, types }) => {
      if (types?.length === 0) return []
      const rows = await entriesWhere
        .where('idx', descending ? '<=' : '>=', from)
        .$if(types !== undefined, (query) => query.where('type', 'in', types ?? []))
        .orderBy('idx', descending ? 'desc' : 'asc')
        .limit(limit)
        .execute()
      return rows.map(entryOf)
    },
    leafHashes: async (from, until) => {
      const rows = await db
        .selectFrom('entry')
        .select('leaf_hash')
        .where('idx', '>=', from)
        .where('idx', '<', until)
        .orderBy('idx')
        .execute()
      return rows.map((row) => row.leaf_hash)
    },
    sealed: async (index) => {
      const rows = await db
        .selectFrom('sealed')
        .selectAll()
        .where('idx', '=', index)
        .orderBy('pointer')
        .execute()
      return rows.map(sealedOf)
    },
    sealedBetween: async (from, until) => {
      const rows = await db
        .selectFrom('sealed')
        .selectAll()
        .where('idx', '>=', from)
        .where('idx', '<', until)
        .orderBy('idx')
        .orderBy('pointer')
        .execute()
      return byEntry(rows)
    },
    checkpoint: async () => {
      const newest = await db.selectFrom('checkpoint').selectAll().orderBy('size', 'desc').limit(1).execute()
      return (await cosigned(db, newest))[0]?.note ?? null
    },
    checkpoints: async ({ from, limit, descending = false }) => {
      const rows = await db
        .selectFrom('checkpoint')
        .selectAll()
        .where('size', descending ? '<=' : '>=', from)
        .orderBy('size', descending ? 'desc' : 'asc')
        .limit(limit)
        .execute()
      return cosigned(db, rows)
    },
  }
}

/** A note is a text and signature lines, so a cosignature is a line more: C2SP signed-note. */
async function cosigned(
  db: Connection['db'],
  checkpoints: readonly StoredCheckpoint[],
): Promise<readonly StoredCheckpoint[]> {
  if (checkpoints.length === 0) return []
  const sizes = checkpoints.map(({ size }) => size)
  const rows = await db
    .selectFrom('cosignature')
    .select(['size', 'line'])
    .where('size', 'in', sizes)
    .orderBy('name')
    .orderBy('key_id')
    .execute()
  const lines = Map.groupBy(rows, ({ size }) => size)
  return checkpoints.map(({ size, note }) => ({
    size,
    note: note + (lines.get(size) ?? []).map(({ line }) => line).join(''),
  }))
}

function headOf({ origin, size, root, frontier }: Tables['log_head']): LogHead {
  const hashes = Array.from({ length: frontier.length / HASH_BYTES }, (_, at) =>
    frontier.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  )
  return { origin, size, root, frontier: hashes }
}

/** SHA-256. */
const HASH_BYTES = 32

function entryOf({ idx, id, type, at, leaf, leaf_hash }: EntryTable): StoredEntry {
  return { index: idx, id, type, at, leaf, leafHash: leaf_hash }
}

function sealedOf({ pointer, salt, value }: Tables['sealed']): Sealed {
  return { pointer, salt, value }
}

function byEntry(rows: readonly Tables['sealed'][]): ReadonlyMap<number, readonly Sealed[]> {
  const entries = new Map<number, Sealed[]>()
  for (const row of rows) {
    const known = entries.get(row.idx)
    if (known === undefined) entries.set(row.idx, [sealedOf(row)])
    else known.push(sealedOf(row))
  }
  return entries
}
