import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import type { EntryPage } from '../../src/api/views.ts'
import { expectRefusal, workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { startServer } from '../support/server.ts'

const [JANE, BOB] = ['jane.doe@example.com', 'bob.roe@example.com']
const LOST = /2 of 2 sealed values cannot be opened: their keys are not here, and nobody erased them/

describe('a folder of keys that is gone', { timeout: 120_000 }, () => {
  test('is said by the server at its start, at readiness and in its metrics, and by the commands', async () => {
    const place = await withPersons()
    renameSync(join(place.data, 'sealed-keys'), join(place.folder, 'kept'))
    const server = await startServer(place, ['--observe', '0'])
    expect(server.err()).toMatch(LOST)
    expect(server.err()).toMatch(/"level":"error","event":"sealed-keys","values":2,"lost":2/)
    const ready = await fetch(`${server.origin}/readyz`)
    expect([ready.status, await ready.json()]).toMatchObject([503, { ledger: 'sound', sealed: 'lost' }])
    expect(await (await fetch(`${server.origin}/metrics`)).text()).toMatch(
      /^portreeve_sealed_values_lost 2$/m,
    )
    expect(await place.run(['coverage'])).toMatchObject({ code: 0, err: expect.stringMatching(LOST) })
    expect((await place.run(['log', 'show', '1'])).out).toMatch(
      /withheld: \/spec\/purpose, not erased: the value or its key is not here/,
    )
    await server.stop()
  })

  test('keeps an erasure, a disposal and a rebuild from going on without it, and is as before when it is back', async () => {
    const place = await withPersons()
    const [folder, kept] = [join(place.data, 'sealed-keys'), join(place.folder, 'kept')]
    const ports = async () => ((await place.json(['ports', '--json'])) as { ports: unknown }).ports
    const before = await ports()
    renameSync(folder, kept)
    const hint = /--subject-keys.* erase --lost --basis TEXT/
    expectRefusal(await place.run(['erase', JANE, '--basis', 'x']), LOST, hint)
    expectRefusal(await place.run(['erase', '--entry', '1', '--basis', 'x']), /nothing was erased/, hint)
    expectRefusal(await place.run(['rebuild']), /the projection was left as it is/, hint)
    rmSync(folder, { recursive: true, force: true })
    renameSync(kept, folder)
    expect(await ports()).toEqual(before)
    expect(await place.run(['rebuild'])).toMatchObject({ code: 0 })
    expect((await place.run(['erase', JANE, '--basis', 'x'])).out).toMatch(/^1 value in 1 entry erased/)
    expect((await shown(place, 1)).lost).toEqual([])
  })

  test('for good is written off on the ledger, with what can still be opened left alone', async () => {
    const place = await withPersons()
    // Of two keys one is gone.
    const keys = join(place.data, 'sealed-keys', 'keys')
    rmSync(join(keys, readdirSync(keys)[0] ?? ''))
    const server = await startServer(place, ['--observe', '0'])
    const ready = await fetch(`${server.origin}/readyz`)
    expect([ready.status, await ready.json()]).toMatchObject([200, { sealed: 'partly lost' }])
    await server.stop()
    expect((await place.run(['erase', '--lost', '--basis', 'The disk of the keys failed'])).out).toMatch(
      /^1 value in 1 entry erased/,
    )
    const left = (await place.run(['ports', '--json'])).out
    expect([JANE, BOB].filter((mail) => left.includes(mail))).toHaveLength(1)
    expectRefusal(await place.run(['erase', '--lost', '--basis', 'x']), /holds no such value/)
    expect(await place.run(['coverage'])).toMatchObject({ code: 0, err: '' })
  })
})

async function withPersons(): Promise<Workplace> {
  const place = workplace()
  for (const [name, mail] of [
    ['a', JANE],
    ['b', BOB],
  ] as const)
    place.put(`${name}.portreeve.yaml`, portDocument(name, 80, { purpose: `Ask ${mail}` }))
  expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
  return place
}

async function shown(place: Workplace, index: number): Promise<EntryPage> {
  return (await place.json(['log', 'show', String(index), '--json'])) as EntryPage
}
