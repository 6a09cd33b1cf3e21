import {
  HeadMoved,
  type LedgerReads,
  type LedgerWrites,
  type LogHead,
  type StoredEntry,
} from '../../ledger/store.ts'
import type { Connection } from './connection.ts'
import { ENTRIES, SEALED } from './shapes.ts'
import type { EntryTable, Tables } from './tables.ts'

export function ledgerWrites(connection: Connection): Omit<LedgerWrites, keyof LedgerReads> {
  return {
    append: async (entries, sealed, old, next) => {
      requireRun(entries, old?.size ?? 0, next.size)
      // First the head: on PostgreSQL its row lock keeps another server's append out until this one has ended.
      if (!(await moveHead(connection, old, next))) throw new HeadMoved('somebody else appended to the log')
      await connection.put(ENTRIES, entries.map(entryRow))
      await connection.put(
        SEALED,
        [...sealed].flatMap(([idx, values]) => values.map((value) => ({ idx, ...value }))),
      )
    },
    saveCheckpoint: async (size, note) => {
      await connection.db
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
