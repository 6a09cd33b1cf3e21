import type { DeskRows } from '../../model/desk.ts'
import type { Connection } from './connection.ts'

export function deskRows({ db }: Connection): DeskRows {
  return {
    get: async (space, key, now) => {
      const row = await db
        .selectFrom('desk')
        .select('value')
        .where('space', '=', space)
        .where('key', '=', key)
        .where('until_at', '>', now)
        .executeTakeFirst()
      return row?.value ?? null
    },
    put: async (space, key, value, until) => {
      await db
        .insertInto('desk')
        .values({ space, key, value, until_at: until })
        .onConflict((conflict) => conflict.columns(['space', 'key']).doUpdateSet({ value, until_at: until }))
        .execute()
    },
    take: async (space, key, now) => {
      await db.deleteFrom('desk').where('until_at', '<=', now).execute()
      const row = await db
        .deleteFrom('desk')
        .where('space', '=', space)
        .where('key', '=', key)
        .returning('value')
        .executeTakeFirst()
      return row?.value ?? null
    },
    remove: async (space, key) => {
      await db.deleteFrom('desk').where('space', '=', space).where('key', '=', key).execute()
    },
  }
}
