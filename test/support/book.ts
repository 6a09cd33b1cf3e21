import { expect } from 'vitest'

import { openBook, type Book } from '../../src/actions/book.ts'
import { deskOf } from '../../src/actions/desk.ts'
import type { Environment } from '../../src/actions/environment.ts'
import type { Desk } from '../../src/api/operations.ts'
import { verifyCheckpoint } from '../../src/ledger/checkpoint.ts'
import { appendToHead, newLog } from '../../src/ledger/log.ts'
import { leafHash } from '../../src/lib/merkle.ts'
import { openEnvironment } from '../../src/wiring/environment.ts'
import { readSettings, type Flags } from '../../src/wiring/settings.ts'

export interface OpenBook {
  readonly env: Environment
  readonly book: Book
  readonly desk: Desk
  close(): Promise<void>
}

/** The book of a data folder in this process, as a command opens it. */
export async function bookAt(
  data: string,
  {
    snapshotEvery,
    ...flags
  }: Pick<Flags, 'database' | 'key' | 'subjectKeys'> & { snapshotEvery?: number } = {},
): Promise<OpenBook> {
  const opened = await openEnvironment(await readSettings({ ...flags, data }, {}), { readOnly: false })
  const every = snapshotEvery ?? opened.snapshots.every
  const env = { ...opened, snapshots: { ...opened.snapshots, every } }
  const book = await openBook(env, 'portreeve/test')
  const close = async () => {
    await book.close()
    await env.store.close()
  }
  return { env, book, desk: deskOf(env, book), close }
}

/** Everything that must hold of a book at any moment; its number of entries. */
export async function expectSound({ env, desk, book }: OpenBook): Promise<number> {
  // Nothing is written while it looks.
  await book.snapshots.settle()
  const { read } = env.store
  const head = await read.head()
  const leaves = await read.entries({ from: 0, limit: 1_000_000 })
  expect(leaves.map(({ index }) => index)).toEqual(leaves.map((_, n) => n))
  const origin = head?.origin ?? ''
  const folded = appendToHead(
    newLog(origin),
    leaves.map(({ leaf }) => leafHash(leaf)),
  )
  expect({ size: folded.size, root: hex(folded.root) }).toEqual({ size: head?.size, root: hex(head?.root) })

  const note = await read.checkpoint()
  if (note !== null) {
    const { logKeys } = await desk.call('listKeys', {})
    const signed = verifyCheckpoint(Buffer.from(note), ...logKeys.map(({ key }) => key))
    const then = appendToHead(
      newLog(origin),
      leaves.slice(0, signed.size).map(({ leaf }) => leafHash(leaf)),
    )
    expect(hex(signed.root)).toBe(hex(then.root))
  }
  for (const fromStart of [false, true])
    expect(await desk.call('rebuild', { fromStart })).toMatchObject({
      identical: true,
      entries: leaves.length,
      passedOver: [],
    })
  return leaves.length
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex')
}
