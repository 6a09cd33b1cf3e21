import {
  HeadMoved,
  type LedgerReads,
  type LedgerWrites,
  type LogHead,
  type StoredEntry,
} from '../../ledger/store.ts'
import type { Vault } from '../../ledger/vault.ts'
import type { Connection } from './connection.ts'
import { addEntryTimes } from './entry-times.ts'
import { putKeptRows } from './kept.ts'
import { headOf } from './ledger-reads.ts'
import { openRow, sealedRows } from './sealed-rows.ts'
import { ENTRIES, SEALED } from './shapes.ts'
import type { EntryTable, Tables } from './tables.ts'

export function ledgerWrites(connection: Connection, vault: Vault): Omit<LedgerWrites, keyof LedgerReads> {
  const { db } = connection
  return {
    lockHead: async () => {
      const row = db.selectFrom('log_head').selectAll()
      // SQLite has one writer anyway. On PostgreSQL whoever else would append waits here, before they wrote anything:
      // behind rows of theirs that we need, both would wait for ever.
      const locked = await (connection.dialect === 'postgres' ? row.forUpdate() : row).executeTakeFirst()
      return locked === undefined ? null : headOf(locked)
    },
    append: async (entries, sealed, old, next) => {
      requireRun(entries, old?.size ?? 0, next.size)
      // First the head: on PostgreSQL its row lock keeps another server's append out until this one has ended.
      if (!(await moveHead(connection, old, next))) throw new HeadMoved('somebody else appended to the log')
      await addEntryTimes(connection, old?.size ?? 0, entries)
      await connection.put(ENTRIES, entries.map(entryRow))
      // Behind the head's lock: what another server retires, it retires behind it too.
      await connection.put(SEALED, await sealedRows(vault, next.origin, sealed))
    },
    dropSealed: async (values) => {
      for (const [index, of] of Map.groupBy(values, (value) => value.index))
        await db
          .deleteFrom('sealed')
          .where('idx', '=', index)
          .where(
            'pointer',
            'in',
            of.map(({ pointer }) => pointer),
          )
          .execute()
    },
    resealed: async (values) => {
      const origin = (await db.selectFrom('log_head').select('origin').executeTakeFirst())?.origin ?? ''
      for (const [index, of] of Map.groupBy(values, (value) => value.index)) {
        const rows = await db.selectFrom('sealed').selectAll().where('idx', '=', index).execute()
        const moving = rows.filter((row) => of.some(({ pointer }) => pointer === row.pointer))
        const opened = moving.flatMap((row) => openRow(vault, origin, row) ?? [])
        await connection.put(SEALED, await sealedRows(vault, origin, new Map([[index, opened]])))
      }
    },
    putKeptRows: (table, rows) => putKeptRows(connection, table, rows),
    saveCheckpoint: async (size, note) => {
      await db
        .insertInto('checkpoint')
        .values({ size, note })
        .onConflict((conflict) => conflict.column('size').doUpdateSet({ note }))
        .execute()
    },
  }
}

function requireRun(entries: readonly StoredEntry[], from: number, until: number): void {
  const inOrder = entries.every((entry, at) => entry.index === from + at)
  if (!inOrder || from + entries.length !== until) {
    throw new Error(`an append from ${from} to ${until} must hold each index once, in order`)
  }
}

/** False, with nothing changed, where the stored head is not `old`. */
async function moveHead({ db }: Connection, old: LogHead | null, next: LogHead): Promise<boolean> {
  const row = headRow(next)
  if (old === null) {
    const inserted = await db
      .insertInto('log_head')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
    return inserted.numInsertedOrUpdatedRows === 1n
  }
  const updated = await db
    .updateTable('log_head')
    .set(row)
    .where('origin', '=', old.origin)
    .where('size', '=', old.size)
    .where('root', '=', old.root)
    .executeTakeFirstOrThrow()
  return updated.numUpdatedRows === 1n
}

function headRow({ origin, size, root, frontier }: LogHead): Tables['log_head'] {
  return { one: 1, origin, size, root, frontier: new Uint8Array(Buffer.concat(frontier)) }
}

function entryRow({ index, id, type, at, leaf, leafHash }: StoredEntry): EntryTable {
  return { idx: index, id, type, at, leaf, leaf_hash: leafHash }
}
