import { sql, type Expression, type SqlBool } from 'kysely'

import type { EntrySubject } from '../../ledger/store.ts'
import type { Connection } from './connection.ts'

/** Indexes of the entries from which the rows about a subject came, and of those that ended its documents. */
export function indexesAbout(db: Connection['db'], { place, keys, documents }: EntrySubject) {
  const sightings = db.selectFrom('sighting').select('from_index as idx').where('place', '=', place)
  const [column, names] =
    'named' in documents ? (['name', documents.named] as const) : (['place', documents.at] as const)
  const versions = db
    .selectFrom('document')
    .where('kind', '=', 'Port')
    .where((eb) => among(eb.ref(column), names))
  const declared = versions
    .select('from_index as idx')
    .union(versions.where('to_index', 'is not', null).select('to_index as idx').$castTo<{ idx: number }>())
  return keys === null
    ? declared.union(sightings).union(db.selectFrom('coverage').select('idx').where('place', '=', place))
    : declared.union(sightings.where((eb) => among(eb.ref('key'), keys)))
}

/** PostgreSQL knows no empty list behind IN. */
function among(column: Expression<unknown>, values: readonly string[]): Expression<SqlBool> {
  return values.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`${column} IN (${sql.join(values)})`
}
