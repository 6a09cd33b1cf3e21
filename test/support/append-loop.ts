/**
 * Appends to a book, one entry a transaction, until it is killed; prints each index once it was acknowledged.
 * `node append-loop.ts sqlite PATH` or `node append-loop.ts postgres URL`.
 */
import { openPostgres } from '../../src/adapters/database/postgres.ts'
import { openSqlite } from '../../src/adapters/database/sqlite.ts'
import { entriesAfter, portRow } from './book-rows.ts'

const [engine, at = ''] = process.argv.slice(2)
const store = engine === 'sqlite' ? await openSqlite(at) : await openPostgres(at)

for (;;) {
  const index = await store.transact(async (tx) => {
    const old = await tx.head()
    const { entries, next } = entriesAfter(old, 1)
    await tx.append(entries, new Map(), old, next)
    const fromIndex = next.size - 1
    await tx.putPorts([portRow({ id: 'db-1/net:1/*:5432/tcp', fromIndex, purpose: `Entry ${fromIndex}` })])
    return fromIndex
  })
  process.stdout.write(`${index}\n`)
}
