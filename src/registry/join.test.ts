import { describe, expect, test } from 'vitest'

import { adoptClaim, joinPlace, newPlace, rivalsOf } from './join.ts'
import { claim, place } from './place.fixture.ts'

const nameless = { identity: null, addresses: [] } as const

describe('a source speaks of a place', () => {
  test('whose identity the book knows, under whatever name it has by now', () => {
    const known = place({ id: 'old-name', names: ['old-name'] })
    expect(joinPlace(claim({ name: 'new-name' }), [known])).toEqual({ kind: 'existing', place: known })
  })

  test('that was declared by name only, and the first observer gives it its identity', () => {
    const declared = place({ identity: null, declared: 'db-1', addresses: [] })
    const join = joinPlace(claim({ name: 'DB-1' }), [declared])
    expect(join).toEqual({ kind: 'existing', place: declared })
    expect(adoptClaim(declared, claim(), 9)).toMatchObject({
      id: 'db-1',
      identity: 'aa',
      addresses: ['10.0.3.7'],
      fromIndex: 9,
    })
  })

  test('and a second machine of the same name is kept apart, under the same id each time', () => {
    const [first, second] = [place(), claim({ identity: 'bb', addresses: ['10.0.9.9'] })]
    const join = joinPlace(second, [first])
    if (join.kind !== 'ambiguous') throw new Error(join.kind)
    expect(join.candidates).toEqual([first])
    expect(join.id).toMatch(/^db-1~[0-9a-f]{8}$/)
    const kept = newPlace(join.id, second, 3)
    expect(rivalsOf(kept, [first])).toEqual([first])
    expect(joinPlace(claim({ identity: 'bb', addresses: ['10.0.9.10'] }), [first, kept])).toEqual({
      kind: 'existing',
      place: kept,
    })
    expect(rivalsOf({ ...kept, declared: 'db-1-standby' }, [first])).toEqual([])
  })

  test('by its short name, where only one machine has it', () => {
    const eu = place({ id: 'db-1.eu.example', names: ['db-1.eu.example'], identity: null, addresses: [] })
    const us = place({ ...eu, id: 'db-1.us.example', names: ['db-1.us.example'] })
    expect(joinPlace(claim(nameless), [eu])).toEqual({ kind: 'existing', place: eu })
    expect(joinPlace(claim(nameless), [us, eu])).toMatchObject({ kind: 'ambiguous', candidates: [eu, us] })
    expect(joinPlace(claim({ ...nameless, name: 'db-1.us.example' }), [eu])).toMatchObject({ kind: 'new' })
    expect(
      joinPlace(claim({ ...nameless, name: '10.0.0.1' }), [place({ id: '10', names: ['10'] })]),
    ).toMatchObject({ kind: 'new' })
  })

  test('by an address that one machine of the realm has, and by no other', () => {
    const scanned = claim({ name: '10.0.3.7', identity: null })
    const other = place({ id: 'db-2', identity: 'bb', names: ['db-2'] })
    expect(joinPlace(scanned, [place()])).toMatchObject({ kind: 'existing', place: { id: 'db-1' } })
    expect(joinPlace(scanned, [place({ realm: 'lab' })])).toEqual({ kind: 'new', id: '10.0.3.7' })
    expect(joinPlace(scanned, [place(), other])).toMatchObject({
      kind: 'ambiguous',
      id: expect.stringMatching(/^10\.0\.3\.7~/),
    })
  })

  test.each(['127.0.0.1', '127.8.0.1', '::1', '169.254.1.1', 'fe80::1', '0.0.0.0', '::ffff:127.0.0.1'])(
    'but never by %s, which every machine has',
    (address) => {
      const one = place({ addresses: [address], identity: null })
      expect(joinPlace(claim({ name: 'web', identity: null, addresses: [address] }), [one])).toEqual({
        kind: 'new',
        id: 'web',
      })
    },
  )

  test('and a bridge address that two hosts share does not make them one', () => {
    const one = place({ addresses: ['172.17.0.1'] })
    expect(joinPlace(claim({ name: 'db-2', identity: 'bb', addresses: ['172.17.0.1'] }), [one])).toEqual({
      kind: 'new',
      id: 'db-2',
    })
  })

  test('and a host name from a reverse zone joins nothing', () => {
    const scanned = claim({ name: '192.0.2.1', identity: null, names: ['db-1'], addresses: ['192.0.2.1'] })
    expect(joinPlace(scanned, [place()])).toEqual({ kind: 'new', id: '192.0.2.1' })
  })

  test('of another kind, whose name is then taken', () => {
    const project = claim({ kind: 'compose', name: 'db-1', ...nameless })
    expect(joinPlace(project, [place()])).toMatchObject({ kind: 'new', id: expect.stringMatching(/^db-1~/) })
    expect(
      joinPlace(claim({ kind: 'compose', name: 'Web', ...nameless }), [
        place({ kind: 'compose', id: 'web', names: ['web'] }),
      ]),
    ).toMatchObject({ kind: 'new' })
  })
})

test('a place of which nothing new is said stays the very row', () => {
  expect(adoptClaim(place(), claim(), 9)).toEqual(place())
  const row = place()
  expect(adoptClaim(row, claim(), 9)).toBe(row)
})

test('a host that gave back an address loses it; a scan of it only adds', () => {
  expect(adoptClaim(place(), claim({ addresses: ['10.0.3.8'] }), 9).addresses).toEqual(['10.0.3.8'])
  expect(adoptClaim(place(), claim({ identity: null, addresses: ['10.0.3.8'] }), 9).addresses).toEqual([
    '10.0.3.7',
    '10.0.3.8',
  ])
})
