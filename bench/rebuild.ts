// A measurement: folding a book of 1,000,000 records again from its ledger, on SQLite, and how that grows.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { openBook } from '../src/actions/book.ts'
import { NO_WITNESS } from '../src/ledger/trust-policy.ts'
import type { Environment } from '../src/actions/environment.ts'
import { rebuild } from '../src/actions/rebuild.ts'
import { openSqlite } from '../src/adapters/database/sqlite.ts'
import { fileSource } from '../src/adapters/files/file-source.ts'
import { openKeyFile } from '../src/adapters/keyfile/key-file.ts'
import { subjectKeys } from '../src/adapters/keyfile/subject-keys.ts'
import { snapshotFolder } from '../src/adapters/snapshots/snapshot-folder.ts'
import { tileFolder } from '../src/adapters/tiles/tile-folder.ts'
import { AT, declare, random } from './declared-records.ts'
import { median } from './timed.ts'

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000, 1_000_000]
const WISH = 2_000
/** Their median counts. */
const RUNS = 3

for (const records of SIZES) {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
  try {
    await measure(folder, records)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(folder: string, records: number): Promise<void> {
  const vault = subjectKeys(join(folder, 'sealed-keys'))
  const store = await openSqlite({ path: join(folder, 'book.sqlite'), vault })
  const key = openKeyFile({ keyPath: join(folder, 'log.key'), pinPath: join(folder, 'head.pin') })
  const env: Environment = {
    now: () => AT,
    random,
    store,
    key,
    vault,
    tiles: tileFolder(join(folder, 'tiles'), 'private'),
    snapshots: { files: snapshotFolder(join(folder, 'snapshots')), every: Number.MAX_SAFE_INTEGER },
    outside: {
      policy: NO_WITNESS,
      web: async () => null,
      repository: null,
      timestamps: { authorities: [], everyMs: 600_000, atOnce: [] },
    },
    pulse: new Map(),
    host: null,
    files: fileSource,
  }
  const book = await openBook(env, 'bench')
  const began = performance.now()
  for (let first = 0; first < records; first += WISH)
    await declare(book, first, Math.min(WISH, records - first))
  print({ name: `declare, ${records} records`, value: records / seconds(began), unit: 'entries/s' })
  const folds: number[] = []
  const wholes: number[] = []
  let entries = 0
  for (let run = 0; run < RUNS; run++) {
    const rebuilding = performance.now()
    const done = await rebuild(env, { fromStart: true })
    if (!done.identical) throw new Error('the projection is different after the rebuild')
    wholes.push(seconds(rebuilding))
    folds.push(done.milliseconds)
    entries = done.entries
  }
  await book.close()
  await store.close()
  const peerValue = insertRate(folder, entries)
  const value = entries / (median(folds) / 1000)
  print({
    name: `rebuild, ${records} records`,
    value,
    unit: 'entries/s',
    ...(records === 1_000_000 ? { target: '>= 30000' } : {}),
    peer: 'plain inserts of rows as wide, node:sqlite',
    peerValue,
    ratio: value / peerValue,
  })
  // Beside the fold: the comparison of the old and the new projection, the search and its indexes, and the commit.
  print({ name: `the whole command, ${records} records`, value: median(wholes), unit: 's' })
}

/** What SQLite takes on this machine for one plain row of 400 bytes for each entry, in one transaction. */
function insertRate(folder: string, rows: number): number {
  const plain = new DatabaseSync(join(folder, 'plain.sqlite'))
  plain.exec('PRAGMA journal_mode = WAL; CREATE TABLE row (id INTEGER PRIMARY KEY, body TEXT) STRICT; BEGIN')
  const insert = plain.prepare('INSERT INTO row (id, body) VALUES (?, ?)')
  const body = 'x'.repeat(400)
  const began = performance.now()
  for (let id = 0; id < rows; id++) insert.run(id, body)
  plain.exec('COMMIT')
  plain.close()
  return rows / seconds(began)
}

function seconds(began: number): number {
  return (performance.now() - began) / 1000
}

function print(line: Record<string, string | number>): void {
  console.log(JSON.stringify(line))
}
