// A measurement: a snapshot of the state of 100,000 records, what it costs who writes meanwhile, and the rebuild from it.
/** `node bench/snapshot.ts [records…]`. One JSON line a measure. The peers are the same without the snapshot. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openBook, type Book } from '../src/actions/book.ts'
import { rebuild } from '../src/actions/rebuild.ts'
import { openEnvironment } from '../src/wiring/environment.ts'
import { readSettings } from '../src/wiring/settings.ts'
import { declare } from './declared-records.ts'

const TAIL = 1_000

/** Records of a wish: as a book grows day by day, and as it is imported. */
const WISHES = [10, 2_000]

const sizes = process.argv.slice(2).map(Number)
for (const records of sizes.length > 0 ? sizes : [100_000])
  for (const wish of WISHES) await measure(records, wish)

async function measure(records: number, wish: number): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'portreeve-bench-'))
  const opened = await openEnvironment(await readSettings({ data }, {}), { readOnly: false })
  // Made when it is asked for, and then alone.
  const env = { ...opened, snapshots: { ...opened.snapshots, every: 10 * records } }
  const book = await openBook(env, 'bench')
  const of = `${records.toLocaleString('en')} records in wishes of ${wish.toLocaleString('en')}`
  try {
    for (let first = 0; first < records; first += wish) await declare(book, first, wish)
    const { value: bytes, seconds } = await made(book, data)
    print({ name: `snapshot of ${of}`, value: seconds, unit: 's' })
    print({ name: `its file, ${of}`, value: bytes, unit: 'bytes' })
    for (let first = records; first < records + TAIL; first += wish)
      await declare(book, first, Math.min(wish, TAIL))
    const from = await rebuild(env, { fromStart: false })
    const start = await rebuild(env, { fromStart: true })
    if (!from.identical || !start.identical || from.from === null) throw new Error('the rebuilds differ')
    print({
      name: `rebuild from it, ${of} and ${TAIL} behind them`,
      value: from.milliseconds / 1000,
      unit: 's',
      ...(wish === 10 ? { target: '>= 2x' } : {}),
      peer: 'rebuild from the first entry',
      peerValue: start.milliseconds / 1000,
      ratio: start.milliseconds / from.milliseconds,
    })
    // What it costs who writes meanwhile is measured once.
    if (wish !== 10) return
    const making = made(book, data)
    const beside = await writingUntil(book, records + TAIL, making)
    const alone = await writingUntil(book, records + 1_000_000, wait((await making).seconds * 1000))
    for (const [name, share] of Object.entries({ median: 0.5, '99th percentile': 0.99, longest: 1 }))
      print({
        name: `an entry while it is made, ${name}, ${of}`,
        value: at(beside, share),
        unit: 'ms',
        peer: 'the same without a snapshot',
        peerValue: at(alone, share),
        ratio: at(alone, share) / at(beside, share),
      })
  } finally {
    await book.close()
    await env.store.close()
    rmSync(data, { recursive: true })
  }
}

/** Makes a snapshot now; its file's size, and how long it took. */
async function made(book: Book, data: string): Promise<{ value: number; seconds: number }> {
  const began = performance.now()
  book.snapshots.renew()
  await book.snapshots.settle()
  const seconds = (performance.now() - began) / 1000
  const folder = join(data, 'snapshots')
  return { value: Math.max(...readdirSync(folder).map((name) => statSync(join(folder, name)).size)), seconds }
}

/** How long each of single declarations took, in milliseconds, one after the other until something has happened. */
async function writingUntil(
  book: Book,
  first: number,
  happened: Promise<unknown>,
): Promise<readonly number[]> {
  const done = { is: false }
  void happened.then(() => (done.is = true))
  const times: number[] = []
  for (let n = first; !done.is; n++) {
    const began = performance.now()
    await declare(book, n, 1)
    times.push(performance.now() - began)
  }
  return times.toSorted((a, b) => a - b)
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function print(line: Record<string, string | number>): void {
  console.log(JSON.stringify(line))
}
