import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Tables } from './tables.ts'

/**
 * The condition for "the search text of a port that holds contains `text`", in the shape that is fastest for how
 * often its trigrams occur: the planner knows no such numbers.
 */
export async function textMatch(db: Kysely<Tables>, text: string): Promise<RawBuilder<unknown>> {
  const contains = sql`instr(port.search, ${text}) > 0`
  const trigrams = trigramQuery(text)
  if (trigrams === null) return contains
  const rows = sql`(SELECT rowid FROM port_text WHERE port_text MATCH ${trigrams})`
  const matches = await countMatches(db, trigrams)
  if (matches < FEW) return sql`port.row IN ${rows} AND ${contains}`
  // Too many to sort: walk the order that was asked for, and look each row up among the matches.
  if (matches < MANY) return sql`+port.row IN ${rows} AND ${contains}`
  return contains
}

const FEW = 5_000
const MANY = 200_000

/** Trigrams that cover the text; null where it is shorter than one. */
function trigramQuery(text: string): string | null {
  const characters = [...text]
  if (characters.length < 3) return null
  const starts = characters.map((_, at) => at).filter((at) => at % 3 === 0 && at + 3 <= characters.length)
  const trigrams = [...starts, characters.length - 3].map((at) => characters.slice(at, at + 3).join(''))
  return [...new Set(trigrams)].map((trigram) => `"${trigram.replaceAll('"', '""')}"`).join(' AND ')
}

async function countMatches(db: Kysely<Tables>, trigrams: string): Promise<number> {
  const counted = await sql<{ matches: number }>`SELECT count(*) AS matches FROM
    (SELECT 1 FROM port_text WHERE port_text MATCH ${trigrams} LIMIT ${MANY})`.execute(db)
  return counted.rows[0]?.matches ?? 0
}
