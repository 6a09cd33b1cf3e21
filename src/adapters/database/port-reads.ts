import { sql } from 'kysely'
import type { BookAt, Facet, PortFilter, PortSort } from '../../registry/book.ts'
import { asItStood } from './as-it-stood.ts'
import type { Connection } from './connection.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { choose, holding } from './port-filter.ts'
import { fromPortTable, SEVERITY_MARK } from './port-rows.ts'
import { rowsAt } from './rows-at.ts'
import type { PortTable } from './tables.ts'

export type PortReads = Pick<BookAt, 'ports' | 'countPorts' | 'facet' | 'port' | 'portHistory' | 'portsAt'>

/** `asOf`: the ledger index whose moment is asked of; null: now, unless a filter says otherwise. */
export function portReads(connection: Connection, asOf: number | null): PortReads {
  const { db } = connection
  const ports = db.selectFrom('port').selectAll()
  const toPort = (row: PortTable) => asItStood(fromPortTable(row), asOf)
  const then = (filter: PortFilter): PortFilter => (asOf === null ? filter : { ...filter, asOf })
  const holds = sql<boolean>`${holding(asOf ?? undefined)}`
  return {
    ports: (filter, ...asked) => page(connection, then(filter), ...asked),
    countPorts: async (filter, limit) => {
      const { from, where } = await choose(connection, then(filter), 'none')
      const { rows } = await sql<{ count: number }>`SELECT count(*) AS count
        FROM (SELECT 1 AS one FROM ${from} WHERE ${where} LIMIT ${limit + 1}) AS counted`.execute(db)
      const count = rows[0]?.count ?? 0
      return { count: Math.min(count, limit), exact: count <= limit }
    },
    facet: (facet, filter, limit) =>
      facet === 'finding'
        ? countByRule(connection, then(filter), limit)
        : countBy(connection, facet, then(filter), limit),
    port: async (id) => {
      const row = await ports.where('id', '=', id).where(holds).executeTakeFirst()
      return row === undefined ? null : toPort(row)
    },
    portHistory: async (id) => {
      const query = ports
        .where('id', '=', id)
        .$if(asOf !== null, (all) => all.where('from_index', '<=', asOf))
      return (await query.orderBy('from_index').execute()).map(toPort)
    },
    portsAt: async (place) => {
      const held = asOf === null ? ports.where(holds) : db.selectFrom(rowsAt('port', asOf)).selectAll()
      return (await held.where('place', '=', place).orderBy('id').execute()).map(toPort)
    },
  }
}

async function page(
  connection: Connection,
  filter: PortFilter,
  { by, descending }: Parameters<BookAt['ports']>[1],
  { limit, cursor }: Parameters<BookAt['ports']>[2],
): ReturnType<BookAt['ports']> {
  const order = `${by}${descending ? ' descending' : ''}`
  const after = cursor === null ? null : readCursor(cursor, order, CURSORS[by])
  const { from, where, id } = await choose(connection, filter, by === 'id' ? 'id' : 'column')
  const columns = by === 'id' ? [id] : [sql`port.${sql.ref(SORT_COLUMNS[by])}`, id]
  const beyond = descending ? sql`<` : sql`>`
  const seek = after === null ? sql`` : sql`AND (${sql.join(columns)}) ${beyond} (${sql.join([...after])})`
  const sorted = sql.join(columns.map((column) => sql`${column} ${descending ? sql`DESC` : sql`ASC`}`))
  const { rows } = await sql<PortTable>`SELECT port.* FROM ${from} WHERE ${where} ${seek}
    ORDER BY ${sorted} LIMIT ${limit + 1}`.execute(connection.db)
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    items: rows.slice(0, limit).map((row) => asItStood(fromPortTable(row), filter.asOf ?? null)),
    next: last === undefined ? null : writeCursor(order, cursorValues(by, last)),
  }
}

const SORT_COLUMNS = {
  port: 'port',
  owner: 'owner',
  since: 'since_at',
  severity: 'severity',
} as const satisfies Record<Exclude<PortSort, 'id'>, keyof PortTable>

/** The types of what a cursor of each order holds. */
const CURSORS: Record<PortSort, readonly (string | number)[]> = {
  id: [''],
  port: [0, ''],
  owner: ['', ''],
  since: ['', ''],
  severity: [0, ''],
}

function cursorValues(by: PortSort, row: PortTable): readonly (string | number)[] {
  return by === 'id' ? [row.id] : [row[SORT_COLUMNS[by]], row.id]
}

type Counts = ReturnType<BookAt['facet']>

async function countBy(
  connection: Connection,
  facet: Exclude<Facet, 'finding'>,
  filter: PortFilter,
  limit: number,
): Counts {
  const { from, where } = await choose(connection, filter, 'none')
  const column = sql`port.${sql.ref(facet)}`
  const { rows } = await sql<{ value: string; count: number }>`SELECT ${column} AS value, count(*) AS count
    FROM ${from} WHERE ${where} GROUP BY ${column} ORDER BY 2 DESC, 1 LIMIT ${limit}`.execute(connection.db)
  return rows.map(({ value, count }) => ({ value: value === '' ? null : value, count }))
}

/** A port counts once for each of its rules. */
async function countByRule(connection: Connection, filter: PortFilter, limit: number): Counts {
  const { from, where } = await choose(connection, filter, 'none')
  const { rows } = await sql<{ value: string; count: number }>`SELECT one.value, count(*) AS count
    FROM ${from}, ${connection.elements(sql`port.marks`)} AS one
    WHERE ${where} AND port.severity >= 0 AND one.value NOT LIKE ${`${SEVERITY_MARK}%`}
    GROUP BY one.value ORDER BY 2 DESC, 1 LIMIT ${limit}`.execute(connection.db)
  return rows
}
