import type { LedgerReads, LogHead, SealedRef, StoredCheckpoint, StoredEntry } from '../../ledger/store.ts'
import type { Vault } from '../../ledger/vault.ts'
import type { Sealed } from '../../model/entry.ts'
import type { Connection } from './connection.ts'
import { sizeAt } from './entry-times.ts'
import { keptRows } from './kept.ts'
import { openRow } from './sealed-rows.ts'
import { indexesAbout } from './entry-subject.ts'
import type { EntryTable, Tables } from './tables.ts'

export function ledgerReads(connection: Connection, vault: Vault): LedgerReads {
  const { db } = connection
  const entriesWhere = db.selectFrom('entry').selectAll()
  const open = opener(db, vault)
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
    entries: async ({ from, limit, descending = false, types, about }) => {
      if (types?.length === 0) return []
      const rows = await entriesWhere
        .where('idx', descending ? '<=' : '>=', from)
        .$if(types !== undefined, (query) => query.where('type', 'in', types ?? []))
        .$if(about !== undefined, (query) => query.where('idx', 'in', indexesAbout(db, about!)))
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
    sizeAt: (at) => sizeAt(connection, at),
    sealed: async (index) => {
      const rows = await db
        .selectFrom('sealed')
        .selectAll()
        .where('idx', '=', index)
        .orderBy('pointer')
        .execute()
      return [...(await open(rows)).values()][0] ?? []
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
      return open(rows)
    },
    sealedRefs: async (of) => {
      const refs: SealedRef[] = []
      const [column, values] = 'keys' in of ? (['key', of.keys] as const) : (['idx', of.entries] as const)
      for (let start = 0; start < values.length; start += MOST_NAMED) {
        const rows = await db
          .selectFrom('sealed')
          .select(['idx', 'pointer', 'key'])
          .where(column, 'in', values.slice(start, start + MOST_NAMED))
          .orderBy('idx')
          .orderBy('pointer')
          .execute()
        refs.push(...rows.map(({ idx, pointer, key }) => ({ index: idx, pointer, key })))
      }
      return refs
    },
    sealedKeys: () =>
      db
        .selectFrom('sealed')
        .select(({ fn }) => ['key', fn.countAll<number>().as('values')])
        .groupBy('key')
        .execute(),
    checkpoint: async () => {
      const newest = await db.selectFrom('checkpoint').selectAll().orderBy('size', 'desc').limit(1).execute()
      return (await cosigned(db, newest))[0]?.note ?? null
    },
    keptRows: (table, after, limit) => keptRows(connection, table, after, limit),
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

export function headOf({ origin, size, root, frontier }: Tables['log_head']): LogHead {
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

/** Opens rows by entry. The log's name, to which they are bound, is asked for once, and only where there is a row. */
function opener(
  db: Connection['db'],
  vault: Vault,
): (rows: readonly Tables['sealed'][]) => Promise<ReadonlyMap<number, readonly Sealed[]>> {
  let origin: string | undefined
  return async (rows) => {
    const entries = new Map<number, Sealed[]>()
    if (rows.length === 0) return entries
    origin ??= (await db.selectFrom('log_head').select('origin').executeTakeFirst())?.origin ?? ''
    for (const row of rows) {
      const value = openRow(vault, origin, row)
      if (value === null) continue
      const known = entries.get(row.idx)
      if (known === undefined) entries.set(row.idx, [value])
      else known.push(value)
    }
    return entries
  }
}

/** Fewer than the parameters that either engine takes. */
const MOST_NAMED = 5_000
