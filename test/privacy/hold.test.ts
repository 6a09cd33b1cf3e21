import { describe, expect, test } from 'vitest'

import { deskOf } from '../../src/actions/desk.ts'
import { EntryPage } from '../../src/api/views.ts'
import { bookAt } from '../support/book.ts'
import { expectRefusal, workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'

const JANE = 'jane.doe@example.com'
const ERASE = ['erase', JANE, '--basis', 'GDPR Art. 17(1)(b)']
const WHY = ['--reason', 'Claim 4711 against Globex']

describe('what must be kept', { timeout: 120_000 }, () => {
  test('under a hold is not erased, which is recorded; two people release it, and not one twice', async () => {
    const place = await withJane()
    expect(await place.run(['hold', 'place', 'claim-4711', '--place', 'db-1', ...WHY])).toMatchObject({
      code: 0,
    })
    expectRefusal(
      await place.run(ERASE),
      /hold claim-4711 of operator .* covers entry 1/,
      /two people .* hold release claim-4711/,
    )
    const deferred = await newest(place)
    expect(deferred.body).toMatchObject({ act: 'deferred', because: ['hold/claim-4711'], entries: [1] })
    expect(deferred.leaf).not.toContain('jane')

    const release = (as: string) =>
      place.run(['hold', 'release', 'claim-4711', '--as', as, '--reason', 'Settled'])
    expect((await release('p-anna')).out).toMatch(/stands: 1 of 2 people/)
    expectRefusal(await release('p-anna'), /has said already/, /second person/)
    expectRefusal(await place.run(ERASE), /claim-4711/, /one more person besides p-anna/)
    expect((await release('p-bert')).out).toMatch(/is released/)
    expect((await newest(place)).body).toMatchObject({ act: 'release', by: 'p-bert', word: 'operator' })
    expect((await place.run(ERASE)).out).toMatch(/^1 value in 1 entry erased, ledger entry \d+/)
    expect(await place.json(['hold', 'list', '--json'])).toEqual({ holds: [] })
  })

  test('under a hold is what its scope names and nothing else', async () => {
    const place = await withJane()
    const scopes = [
      ['--place', 'db-2'],
      ['--document', 'Port/other'],
      ['--type', 'sighting'],
      ['--by', 'p-nobody'],
      ['--document', 'Port/db', '--by', 'p-nobody'],
    ]
    for (const [n, scope] of scopes.entries())
      expect(await place.run(['hold', 'place', `h-${n}`, ...scope, ...WHY])).toMatchObject({ code: 0 })
    expect((await place.run([...ERASE, '--dry-run'])).out).toBe('1 value in 1 entry would be erased\n')
    expect(await place.run(['hold', 'place', 'all', ...WHY])).toMatchObject({ code: 0 })
    expect((await place.run([...ERASE, '--dry-run'])).out).toMatch(
      /and is kept\nkept: the hold all of operator/,
    )
    expectRefusal(await place.run(['hold', 'place', 'all', ...WHY]), /stands already/)
    expectRefusal(await place.run(['hold', 'release', 'none', ...WHY]), /no hold none stands/)
  })

  test('is a port that the machine froze, with a digest of what the book said of it', async () => {
    const place = await withJane()
    const froze = await place.run(['freeze', 'db', '--name', 'incident-9', '--reason', 'Unexplained traffic'])
    expect(froze.out).toMatch(/frozen as incident-9, ledger entry 2, state sha256:[0-9a-f]{64}\n$/)
    const digest = froze.out.trim().slice(-64)
    expect((await newest(place)).body).toMatchObject({
      hold: 'incident-9',
      state: { size: 2, sha256: digest },
    })
    expectRefusal(await place.run(ERASE), /the freeze incident-9/, /two people/)
  })

  test('for as long as a Retention document says is not erased before, and is disposed of after', async () => {
    const place = await withJane()
    place.put('keep.portreeve.yaml', retention('keep', '{ years: 6 }'))
    place.put('short.portreeve.yaml', retention('short', '{ days: 1 }'))
    expect(await place.run(['declare', 'keep.portreeve.yaml'])).toMatchObject({ code: 0 })
    expectRefusal(
      await place.run(ERASE),
      /Retention keep \(45 CFR 164.316\(b\)\(2\)\(i\)\) keeps entry 1 until 20\d\d-/,
    )
    expect(await place.json(['retention', 'list', '--json'])).toMatchObject({
      retentions: [{ name: 'keep', kept: 1, due: 0 }],
    })
    expectRefusal(await place.run(['retention', 'dispose', 'keep']), /no such value/)
    expectRefusal(await place.run(['retention', 'dispose', 'none']), /no Retention called none/)
    expect(
      await place.run(['close', 'keep', '--kind', 'Retention', '--reason', 'Left the market']),
    ).toMatchObject({ code: 0 })
    expect((await place.run(ERASE)).out).toMatch(/^1 value/)
  })

  test('after its period is disposed of by the document that kept it, with the document as the basis', async () => {
    const place = await withJane()
    place.put('keep.portreeve.yaml', retention('keep', '{ years: 6 }'))
    expect(await place.run(['declare', 'keep.portreeve.yaml'])).toMatchObject({ code: 0 })
    const open = await bookAt(place.data)
    const desk = deskOf({ ...open.env, now: () => '2040-01-01T00:00:00.000Z' }, open.book)
    expect(await desk.call('listRetention', {})).toMatchObject({
      retentions: [{ name: 'keep', kept: 0, due: 1 }],
    })
    const disposed = await desk.call('disposeRetention', { name: 'keep' })
    expect(disposed).toMatchObject({ values: 1, entries: 1 })
    const { body } = await desk.call('showEntry', { index: disposed.index ?? -1 })
    expect(body).toMatchObject({ act: 'erased', basis: 'Retention keep: 45 CFR 164.316(b)(2)(i)' })
    await open.close()
  })

  test('for a time in years or in days: a document that says both, or neither, is refused', async () => {
    const place = workplace()
    for (const keep of ['{ years: 6, days: 1 }', '{}']) {
      place.put('a.portreeve.yaml', retention('a', keep))
      const declared = await place.run(['declare', '.'])
      expect(declared.code).toBe(2)
      expect(declared.err).toMatch(/a\.portreeve\.yaml:6:.*one of the two/)
    }
  })

  test('nothing is erased that was not named, and a text can come by standard input', async () => {
    const place = await withJane()
    expectRefusal(await place.run(['erase', '--basis', 'x']), /nothing to erase was named/)
    expectRefusal(await place.run(['erase', 'nobody@example.com', '--basis', 'x']), /holds no such value/)
    const erased = await place.run(['erase', '-', '--basis', 'GDPR Art. 17', '--json'], {
      input: `${JANE}\n`,
    })
    expect(JSON.parse(erased.out)).toMatchObject({ values: 1, entries: 1 })
    expect((await place.run(['show', 'db'])).out).not.toContain('jane')
    expect((await place.run(['log', 'show', '1'])).out).toContain('withheld: /spec/purpose')
  })
})

async function withJane(): Promise<Workplace> {
  const place = workplace()
  place.put('db.portreeve.yaml', portDocument('db', 5432, { purpose: `Ask ${JANE} before closing it` }))
  expect(await place.run(['declare', 'db.portreeve.yaml'])).toMatchObject({ code: 0 })
  return place
}

function retention(name: string, keep: string): string {
  return `apiVersion: portreeve.dev/v1
kind: Retention
metadata: { name: ${name} }
spec:
  basis: 45 CFR 164.316(b)(2)(i)
  keep: ${keep}
  covers: { types: [declaration], documents: [Port/db] }
`
}

async function newest(place: Workplace): Promise<EntryPage> {
  const log = (await place.json(['log', 'list', '--limit', '1', '--json'])) as {
    entries: { index: number }[]
  }
  return EntryPage.parse(await place.json(['log', 'show', String(log.entries[0]?.index), '--json']))
}
