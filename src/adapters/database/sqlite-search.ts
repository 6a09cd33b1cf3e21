import { sql, type Kysely, type RawBuilder } from 'kysely'
import { contains } from './contains.ts'
import type { Tables } from './tables.ts'

/**
 * The condition for "the search text of a port that holds contains `text`". Where a part of the text is rare, the
 * ports that hold the part are looked up and compared; else the text is compared along the order that is asked for,
 * in an index that holds it (`port_by_text`). Intersecting long lists of common parts costs more than either.
 */
export async function textMatch(db: Kysely<Tables>, text: string): Promise<RawBuilder<unknown>> {
  const compared = contains(sql`port.search`, text)
  const rare: string[] = []
  for (const trigram of trigramsOf(text)) if (await isRare(db, trigram)) rare.push(trigram)
  if (rare.length === 0) return compared
  return sql`port.row IN (SELECT rowid FROM port_text WHERE port_text MATCH ${rare.join(' AND ')}) AND ${compared}`
}

const RARE = 20_000
const MOST_TRIGRAMS = 12

/** Trigrams spread over the text, each quoted for FTS5; none where the text is shorter than one. */
function trigramsOf(text: string): readonly string[] {
  const characters = Array.from(text)
  const count = Math.max(0, characters.length - 2)
  const step = Math.max(1, count / MOST_TRIGRAMS)
  const starts = Array.from({ length: Math.min(count, MOST_TRIGRAMS) }, (_, at) => Math.floor(at * step))
  const trigrams = starts.map((start) => characters.slice(start, start + 3).join(''))
  return [...new Set(trigrams)].map((trigram) => `"${trigram.replaceAll('"', '""')}"`)
}

async function isRare(db: Kysely<Tables>, trigram: string): Promise<boolean> {
  const { rows } = await sql<{ ports: number }>`SELECT count(*) AS ports FROM
    (SELECT 1 FROM port_text WHERE port_text MATCH ${trigram} LIMIT ${RARE})`.execute(db)
  return (rows[0]?.ports ?? 0) < RARE
}
