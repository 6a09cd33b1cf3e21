import { describe, expect, test } from 'vitest'

import type { PlaceClaim } from '../model/source.ts'
import type { SourceRow } from './book.ts'
import { isAnotherMachine, joinMachine } from './clones.ts'
import { joinPlace } from './join.ts'
import { claim, place, source, T0, T1, T2 } from './place.fixture.ts'

const moment = { now: T2, since: null }

describe('a collector speaks under the identity of a machine that is being observed', () => {
  test.each<[string, Partial<PlaceClaim>, boolean]>([
    [
      'it is that machine, by the run of its kernel',
      { name: 'web', addresses: ['10.0.9.9'], boot: 'a' },
      false,
    ],
    ['it is that machine, started again', { boot: 'b' }, false],
    ['it is another, by its name', { name: 'db-2', boot: 'b' }, true],
    ['it is another, by its addresses', { addresses: ['10.0.9.9'], boot: 'b' }, true],
    [
      'a loopback or bridge address in common says nothing',
      { addresses: ['10.0.9.9', '127.0.0.1', '172.17.0.1'], boot: 'b' },
      true,
    ],
    ['it was renamed, as far as an old collector can say', { name: 'db-2' }, false],
    ['it is another, as far as an old collector can say', { name: 'db-2', addresses: ['10.0.9.9'] }, true],
  ])('%s', (_, its, expected) => {
    const known = observed({ boot: 'a', addresses: ['10.0.3.7', '127.0.0.1', '172.17.0.1'] })
    expect(isAnotherMachine(known, claim(its), moment)).toBe(expected)
  })

  test('and was heard while this one was running: then it is another, whatever it looks like', () => {
    const known = observed({ boot: 'a' })
    expect(isAnotherMachine(known, claim({ boot: 'b' }), { now: T2, since: T0 })).toBe(true)
    expect(isAnotherMachine(known, claim({ boot: 'b' }), { now: T2, since: T2 })).toBe(false)
  })

  test('but a collector that stopped, fell silent, or looked from elsewhere proves nothing', () => {
    const copy = claim({ name: 'db-2', boot: 'b' })
    const known = observed({ boot: 'a' })
    expect(isAnotherMachine({ ...known, state: 'stopped' }, copy, moment)).toBe(false)
    expect(isAnotherMachine({ ...known, kind: 'nmap-xml' }, copy, moment)).toBe(false)
    expect(isAnotherMachine(known, copy, { now: '2026-11-24T10:00:00.000Z', since: null })).toBe(false)
    expect(isAnotherMachine(known, claim({ ...copy, identity: 'bb' }), moment)).toBe(false)
  })
})

test('of several copies each finds its own place, and one that is like none gets another', () => {
  const first = place()
  const sources = new Map([['db-1', [observed({ boot: 'a' })]]])
  const second = claim({ addresses: ['10.0.3.8'], boot: 'b' })
  const apart = joinMachine(second, [first], sources, moment)
  if (apart.kind !== 'ambiguous') throw new Error(apart.kind)
  expect(apart.id).toMatch(/^db-1~[0-9a-f]{8}$/)
  const copied = place({ id: apart.id, addresses: second.addresses })
  sources.set(apart.id, [{ ...observed({}), place: apart.id, claim: second, state: 'stopped' }])
  const both = [first, copied]
  expect(joinMachine({ ...second, boot: 'c' }, both, sources, moment)).toMatchObject({
    place: { id: apart.id },
  })
  expect(joinMachine(claim({ boot: 'a' }), both, sources, moment)).toMatchObject({ place: { id: 'db-1' } })
  const third = joinMachine(claim({ addresses: ['10.0.3.9'], boot: 'd' }), both, sources, moment)
  expect(third).toMatchObject({ kind: 'ambiguous' })
  expect(both).not.toContainEqual(expect.objectContaining({ id: third.kind === 'ambiguous' ? third.id : '' }))
})

test('a document with the identity of several places means the one that it names', () => {
  const both = [place(), place({ id: 'db-2~12345678', names: ['db-2'] })]
  expect(joinPlace(claim({ name: 'db-2' }), both)).toMatchObject({ place: { id: 'db-2~12345678' } })
  expect(joinPlace(claim({ name: 'db-1' }), both)).toMatchObject({ place: { id: 'db-1' } })
})

function observed(its: Partial<PlaceClaim>): SourceRow {
  return source({ state: 'observing', lastPass: T1, claim: claim(its) })
}
