import type { AnchorReads, AnchorState, AnchorWrites } from '../../ledger/anchor-rows.ts'
import type { Connection } from './connection.ts'

export function anchorReads({ db }: Connection): AnchorReads {
  const stamps = db.selectFrom('timestamp_token').selectAll()
  return {
    cosignedSize: async ({ name, keyId }) => {
      const row = await db
        .selectFrom('cosignature')
        .select((all) => all.fn.max('size').as('largest'))
        .where('name', '=', name)
        .where('key_id', '=', keyId)
        .executeTakeFirstOrThrow()
      return row.largest ?? 0
    },
    timestamps: async ({ from, limit, descending = false }) =>
      stamps
        .where('size', descending ? '<=' : '>=', from)
        .orderBy('size', descending ? 'desc' : 'asc')
        .orderBy('authority')
        .limit(limit)
        .execute(),
    lastTimestamp: async (authority) => {
      const newest = stamps.where('authority', '=', authority).orderBy('size', 'desc').limit(1)
      return (await newest.executeTakeFirst()) ?? null
    },
    unanchored: async () => stamps.where('anchored', 'is', null).orderBy('size').execute(),
    anchorStates: async (kind) => {
      const rows = await db.selectFrom('anchor_state').selectAll().where('kind', '=', kind).execute()
      return new Map(rows.map(({ name, body }) => [name, JSON.parse(body) as AnchorState]))
    },
  }
}

export function anchorWrites({ db }: Connection): Omit<AnchorWrites, keyof AnchorReads> {
  return {
    saveCosignature: async (size, { name, keyId, line }) => {
      await db
        .insertInto('cosignature')
        .values({ size, name, key_id: keyId, line })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    saveTimestamp: async (timestamp) => {
      await db
        .insertInto('timestamp_token')
        .values(timestamp)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    markAnchored: async ({ size, authority }, index) => {
      await db
        .updateTable('timestamp_token')
        .set({ anchored: index })
        .where('size', '=', size)
        .where('authority', '=', authority)
        .execute()
    },
    saveAnchorState: async (kind, name, state) => {
      const body = JSON.stringify(state)
      await db
        .insertInto('anchor_state')
        .values({ kind, name, body })
        .onConflict((conflict) => conflict.columns(['kind', 'name']).doUpdateSet({ body }))
        .execute()
    },
  }
}
