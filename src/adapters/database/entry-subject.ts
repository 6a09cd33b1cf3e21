import type { EntrySubject } from '../../ledger/store.ts'
import type { Connection } from './connection.ts'

/** Indexes of the entries from which the rows about a subject came, and of those that ended its documents. */
export function indexesAbout(db: Connection['db'], { place, keys, documents }: EntrySubject) {
  const sightings = db.selectFrom('sighting').select('from_index as idx').where('place', '=', place)
  const versions = db
    .selectFrom('document')
    .where('kind', '=', 'Port')
    .where(
      'named' in documents ? 'name' : 'place',
      'in',
      'named' in documents ? documents.named : documents.at,
    )
  const declared = versions
    .select('from_index as idx')
    .union(versions.where('to_index', 'is not', null).select('to_index as idx').$castTo<{ idx: number }>())
  return keys === null
    ? declared.union(sightings).union(db.selectFrom('coverage').select('idx').where('place', '=', place))
    : declared.union(sightings.where('key', 'in', keys))
}
