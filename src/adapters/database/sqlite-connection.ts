import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect as KyselyDialect,
  type Driver,
  type QueryResult,
} from 'kysely'
import type { Connection } from './connection.ts'
import type { Shape } from './shapes.ts'
import { explainSqlite } from './sqlite-faults.ts'
import { textMatch } from './sqlite-search.ts'
import type { Tables } from './tables.ts'
import { waves } from './waves.ts'

export interface SqliteConnection extends Connection {
  /** Runs statements that answer nothing. */
  exec(statements: string): void
  inTransaction(): boolean
  /** Moves the WAL into the database and cuts it to nothing; false where somebody still reads from it. */
  emptyWal(): boolean
  close(): void
}

/** Kysely and bulk writes over one handle of node:sqlite. Every call is synchronous underneath. */
export function sqliteConnection(handle: DatabaseSync): SqliteConnection {
  const statements = new Statements(handle)
  const db = new Kysely<Tables>({ dialect: dialectOver(statements) })
  const connection: SqliteConnection = {
    dialect: 'sqlite',
    db,
    put: async (shape, rows) => explainSqlite(() => put(statements, shape, rows)),
    add: async (shape, rows) => explainSqlite(() => add(statements, shape, rows)),
    end: async (shape, keys, index) => explainSqlite(() => end(statements, shape, keys, index)),
    elements: (column) => sql`json_each(${column})`,
    matches: (text) => textMatch(db, text),
    // A term with a unary plus is not taken for an index: https://sqlite.org/optoverview.html#disqualifying
    unindexed: (column) => sql`+${column}`,
    emptyWal: () =>
      explainSqlite(() => handle.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0),
    inTransaction: () => handle.isTransaction,
    exec: (text) => explainSqlite(() => handle.exec(text)),
    close: () => handle.close(),
  }
  return connection
}

/** Prepared statements by their text, the most recently used ones. */
class Statements {
  readonly #handle: DatabaseSync
  readonly #prepared = new Map<string, Prepared>()

  constructor(handle: DatabaseSync) {
    this.#handle = handle
  }

  get(text: string): Prepared {
    const prepared = this.#prepared.get(text) ?? this.#prepare(text)
    this.#prepared.delete(text)
    this.#prepared.set(text, prepared)
    if (this.#prepared.size > MOST_STATEMENTS) {
      for (const oldest of this.#prepared.keys()) {
        this.#prepared.delete(oldest)
        break
      }
    }
    return prepared
  }

  #prepare(text: string): Prepared {
    const statement = this.#handle.prepare(text)
    return { statement, answers: statement.columns().length > 0 }
  }
}

const MOST_STATEMENTS = 200

interface Prepared {
  readonly statement: StatementSync
  readonly answers: boolean
}

function put<T extends keyof Tables>(
  statements: Statements,
  shape: Shape<T>,
  rows: readonly Tables[T][],
): void {
  // Most folds write to few of the tables, and building a statement's text costs more than a row.
  if (rows.length === 0) return
  if (shape.rows !== 'held') return add(statements, shape, rows)
  const ending = enderOf(statements, shape)
  // All that a wave ends, then all that it begins: the search index writes itself out when its row numbers fall.
  for (const wave of waves(shape, rows)) {
    for (const row of wave) ending(row as Row)
    add(statements, shape, wave)
  }
}

function add<T extends keyof Tables>(
  statements: Statements,
  shape: Shape<T>,
  rows: readonly Tables[T][],
): void {
  if (rows.length === 0) return
  const { columns, text } = insertOf(shape)
  const insert = statements.get(text).statement
  for (const row of rows as readonly Row[]) insert.run(...columns.map((column) => row[column] ?? null))
}

type Row = Readonly<Record<string, SQLInputValue>>

/** Ends what held before a row. Most rows end nothing, and an UPDATE that finds nothing costs six times the look. */
function enderOf<T extends keyof Tables>(statements: Statements, shape: Shape<T>): (row: Row) => void {
  const key = shape.key.map((column) => `${column} = ?`).join(' AND ')
  const earlier = `${key} AND to_index IS NULL AND from_index <> ?`
  const look = statements.get(`SELECT 1 FROM ${shape.table} WHERE ${earlier}`).statement
  const end = statements.get(`UPDATE ${shape.table} SET to_index = ? WHERE ${earlier}`).statement
  return (row) => {
    const values = [...shape.key, 'from_index'].map((column) => row[column] ?? null)
    if (look.get(...values) !== undefined) end.run(row['from_index'] ?? null, ...values)
  }
}

function end<T extends keyof Tables>(
  statements: Statements,
  shape: Shape<T>,
  keys: readonly (readonly string[])[],
  index: number,
): void {
  const key = shape.key.map((column) => `${column} = ?`).join(' AND ')
  const { statement } = statements.get(
    `UPDATE ${shape.table} SET to_index = ? WHERE ${key} AND to_index IS NULL`,
  )
  for (const values of keys) statement.run(index, ...values)
}

const INSERTS = new Map<string, { readonly columns: readonly string[]; readonly text: string }>()

function insertOf<T extends keyof Tables>(shape: Shape<T>): { columns: readonly string[]; text: string } {
  const name = `${shape.table} ${shape.rows}`
  const known = INSERTS.get(name)
  if (known !== undefined) return known
  const columns = Object.keys(shape.columns)
  const made = { columns, text: insertText(shape, columns) }
  INSERTS.set(name, made)
  return made
}

function insertText<T extends keyof Tables>(shape: Shape<T>, columns: readonly string[]): string {
  const values = columns.map(() => '?').join(', ')
  const insert = `INSERT INTO ${shape.table} (${columns.join(', ')}) VALUES (${values})`
  if (shape.rows === 'kept') return insert
  const key: readonly string[] = shape.rows === 'held' ? [...shape.key, 'from_index'] : shape.key
  const changes = columns
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`)
  return `${insert} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${changes.join(', ')}`
}

function dialectOver(statements: Statements): KyselyDialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driverOver(statements),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

// Transactions are opened by the store, around work that may hold several queries of both kinds.
function driverOver(statements: Statements): Driver {
  const connection: DatabaseConnection = {
    executeQuery: async <R>(query: CompiledQuery) => explainSqlite(() => execute<R>(statements, query)),
    streamQuery: () => {
      throw new Error('the store reads pages, not streams')
    },
  }
  return {
    init: none,
    acquireConnection: async () => connection,
    beginTransaction: none,
    commitTransaction: none,
    rollbackTransaction: none,
    releaseConnection: none,
    destroy: none,
  }
}

async function none(): Promise<void> {}

function execute<R>(statements: Statements, query: CompiledQuery): QueryResult<R> {
  const { statement, answers } = statements.get(query.sql)
  const values = query.parameters as readonly SQLInputValue[]
  if (answers) return { rows: statement.all(...values) as R[] }
  const { changes } = statement.run(...values)
  return { rows: [], numAffectedRows: BigInt(changes) }
}
