import { sql, type RawBuilder } from 'kysely'
import { SEVERITIES, type Severity } from '../../model/finding.ts'
import type { PortFilter } from '../../registry/book.ts'
import { Refusal } from '../../model/refusal.ts'
import type { Connection } from './connection.ts'
import { contains } from './contains.ts'
import { foldCase, severityMark } from './port-rows.ts'
import { rowsAt } from './rows-at.ts'

type Fragment = RawBuilder<unknown>

export interface Chosen {
  /** Table expression; `port` is in it. */
  readonly from: Fragment
  readonly where: Fragment
  /** The id in the index that the plan walks. */
  readonly id: Fragment
}

/** In what order the rows will be asked for: the id, another column with an index of its own, or none. */
export type Walk = 'id' | 'column' | 'none'

/**
 * The ports that pass the filter. SQLite plans without numbers, so what it should not choose is said here: a
 * filter that many rows pass is no way in where a narrower one, or the order itself, is.
 */
export async function choose(connection: Connection, filter: PortFilter, walk: Walk): Promise<Chosen> {
  const narrow = narrowFilters(filter)
  const text =
    filter.text === undefined ? [] : [await textFilter(connection, foldCase(filter.text), filter.asOf)]
  const byIndex =
    narrow.length === 0 && text.length === 0 && filter.finding === undefined && walk !== 'column'
  const wanted = [...narrow, ...broadFilters(connection, filter, byIndex), ...text]
  if (filter.asOf !== undefined) return chooseAt(filter, filter.asOf, wanted)
  const conditions = [holding(undefined), ...wanted]
  if (filter.finding === undefined) return chosen(sql`port`, conditions)
  const mark = markOf(filter.finding)
  const marked = [...conditions, sql`mark.mark = ${mark}`, sql`mark.id = port.id`]
  // SQLite takes the left side of a CROSS JOIN first: https://sqlite.org/optoverview.html#crossjoin
  if (narrow.length > 0) return chosen(sql`port CROSS JOIN port_mark AS mark`, marked)
  return { ...chosen(sql`port_mark AS mark CROSS JOIN port`, marked), id: sql`mark.id` }
}

function chooseAt(filter: PortFilter, index: number, wanted: readonly Fragment[]): Chosen {
  const { finding, owner, system, record, place } = filter
  const marked = finding === undefined ? [] : [contains(sql`port.marks`, JSON.stringify(markOf(finding)))]
  const isNarrow = [owner, system, record, place].some((value) => value !== undefined)
  if (isNarrow) return chosen(sql`${rowsAt('port', index)}`, [...wanted, ...marked])
  return chosen(sql`port`, [holding(index), ...wanted, ...marked])
}

function chosen(from: Fragment, conditions: readonly Fragment[]): Chosen {
  return { from, where: sql.join([...conditions], sql` AND `), id: sql`port.id` }
}

/** Whether a port held at a ledger index; without one, whether it does now. */
export function holding(asOf: number | undefined): Fragment {
  if (asOf === undefined) return sql`port.to_index IS NULL`
  return sql`port.from_index <= ${asOf} AND (port.to_index IS NULL OR port.to_index > ${asOf})`
}

function narrowFilters({ owner, system, record, place, port }: PortFilter): readonly Fragment[] {
  return Object.entries({ owner, system, record, place, port })
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => sql`port.${sql.ref(column)} = ${value}`)
}

/** Few values on many rows; at most one of them is the way in, the rarest kind first. */
function broadFilters(connection: Connection, filter: PortFilter, byIndex: boolean): readonly Fragment[] {
  const { documented, observed, transport } = filter
  return Object.entries({ documented, observed, transport })
    .filter(([, value]) => value !== undefined)
    .map(([name, value], at) => {
      const column = sql`port.${sql.ref(name)}`
      return sql`${byIndex && at === 0 ? column : connection.unindexed(column)} = ${value}`
    })
}

async function textFilter(connection: Connection, text: string, asOf: number | undefined): Promise<Fragment> {
  if (text.length > LONGEST_TEXT) {
    throw new Refusal(
      'bad-input',
      `a search text may have ${LONGEST_TEXT} characters, and this one has ${text.length}`,
      {
        hint: 'search for a part of it',
      },
    )
  }
  return asOf === undefined ? connection.matches(text) : contains(sql`port.search`, text)
}

const LONGEST_TEXT = 1_000

function markOf(finding: string): string {
  return SEVERITIES.some((severity) => severity === finding) ? severityMark(finding as Severity) : finding
}
