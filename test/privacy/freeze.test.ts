import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { Observer } from '../../src/actions/observe.ts'
import { linuxHost } from '../../src/adapters/linux/host.ts'
import { openListeners } from '../../src/adapters/loopback/own-listeners.ts'
import type { OpenListeners } from '../../src/discovery/known-answer.ts'
import { bookAt, type OpenBook } from '../support/book.ts'

/** Listeners that are gone when the collector looks, as those are that somebody hides from it. */
const hidden: OpenListeners = async () => {
  const opened = await openListeners()
  opened.close()
  return { ...opened, close: () => undefined }
}

test(
  'a collector that saw its own listeners once, and no more, has its place frozen, once',
  { timeout: 60_000 },
  async () => {
    const book = await opened()
    const begin = (open: OpenListeners) =>
      new Observer(book.env, linuxHost({ open }), book.book, 5_000).start()
    await begin(hidden)
    expect(await freezes(book)).toEqual([])
    await begin(openListeners)
    expect(await freezes(book)).toEqual([])
    await begin(hidden)
    const [freeze] = await freezes(book)
    const [place] = (await book.desk.call('coverage', {})).places
    expect(freeze).toMatchObject({
      kind: 'freeze',
      by: 'portreeve',
      scope: { places: expect.arrayContaining([place?.place]) },
      reason: expect.stringMatching(/saw its own listeners here before/),
    })
    const { ports } = await book.desk.call('listPorts', {})
    expect(freeze?.ports).toEqual(ports.map(({ id }) => id).toSorted())
    const page = await book.desk.call('showPort', { port: ports[0]?.id ?? '' })
    expect(page.holds).toEqual([freeze])
    await begin(openListeners)
    await begin(hidden)
    expect(await freezes(book)).toHaveLength(1)
  },
)

async function freezes({ desk }: OpenBook) {
  return (await desk.call('listHolds', {})).holds
}

async function opened(): Promise<OpenBook> {
  const data = mkdtempSync(join(tmpdir(), 'portreeve-freeze-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  const book = await bookAt(data)
  onTestFinished(() => book.close())
  return book
}
