import { describe, expect, test } from 'vitest'

import { EntryPage, PortPage } from '../../src/api/views.ts'
import { workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { SS_TEXT } from '../support/scans.ts'

const MAIL = 'jane.doe@example.com'
/** As a process may call itself; the kernel keeps 15 bytes of it. */
const NAME = 'jane@home.org'

describe('what can identify a person', { timeout: 120_000 }, () => {
  test('in a document is committed in the ledger, never written there, and shown to who may read the book', async () => {
    const place = workplace()
    place.put('db.portreeve.yaml', portDocument('db', 5432, { purpose: `Ask ${MAIL} before closing it` }))
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    const entry = await entryAt(place, 1)
    expect(entry.leaf).not.toContain('jane')
    expect(entry.leaf).toContain('billing')
    expect(JSON.stringify(entry.body)).toContain(MAIL)
    await expectKept(place, 'db', MAIL)
  })

  test('in a path of a file that declares it is committed too', async () => {
    const place = workplace()
    const path = place.put('home/jane/db.portreeve.yaml', portDocument('db', 5432))
    expect(await place.run(['declare', path])).toMatchObject({ code: 0 })
    expect((await entryAt(place, 1)).leaf).not.toContain('jane')
    await expectKept(place, 'db', 'home/jane')
  })

  test('in a sighting is committed, and comes back when the book is folded again', async () => {
    const place = workplace()
    place.put('home/jane/db-2.ss', SS_TEXT)
    place.put('db-2.ss', SS_TEXT.replace('redis-server', NAME))
    expect(await place.run(['scan', '--record', '.'])).toMatchObject({ code: 0 })
    const log = (await place.json(['log', 'list', '--json'])) as { entries: { index: number }[] }
    for (const { index } of log.entries) expect((await entryAt(place, index)).leaf).not.toContain('jane')
    await expectKept(place, 'db-2:6379/tcp', NAME)
  })

  test('is all that is held back: everything else stands in the leaf', async () => {
    const place = workplace()
    place.put('db.portreeve.yaml', portDocument('db', 5432))
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    const entry = await entryAt(place, 1)
    expect(entry.leaf).toContain('The invoices of every customer')
    expect(entry.leaf).toContain('10.0.3.7')
    expect(entry.withheld).toEqual([])
  })
})

async function entryAt(place: Workplace, index: number): Promise<EntryPage> {
  return EntryPage.parse(await place.json(['log', 'show', String(index), '--json']))
}

/** Shown now, and after the projection was thrown away and folded again. */
async function expectKept(place: Workplace, port: string, value: string): Promise<void> {
  const shown = PortPage.parse(await place.json(['show', port, '--json']))
  expect(JSON.stringify(shown)).toContain(value)
  expect(await place.json(['rebuild', '--json'])).toMatchObject({ identical: true })
  expect(PortPage.parse(await place.json(['show', port, '--json']))).toEqual(shown)
}
