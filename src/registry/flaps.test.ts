import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { asLastSeen, foldFlaps, NO_FLAPS, type FlapState } from './flaps.ts'
import { applyChange, comparePass, type SightingChange } from './pass.ts'
import { EVERYWHERE, sighting } from './place.fixture.ts'
import type { SightingRow } from './book.ts'

const start = Date.parse('2026-11-23T10:00:00.000Z')
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString()

/** One source at one place, as its caller drives it: compare, fold, record. */
function observe(openAt: (second: number) => boolean, seconds: number, every = 5) {
  const recorded: { at: number; change: SightingChange }[] = []
  let state: FlapState = NO_FLAPS
  let rows: readonly SightingRow[] = []
  for (let second = 0; second <= seconds; second += every) {
    const reading = { sightings: openAt(second) ? [sighting(80)] : [], absent: EVERYWHERE }
    const lastComplete = second === 0 ? null : at(second - every)
    const changes = comparePass({
      previous: asLastSeen(rows, state),
      reading,
      at: at(second),
      complete: true,
      lastComplete,
      lastAbsent: EVERYWHERE,
    })
    const step = foldFlaps(state, changes, at(second))
    state = JSON.parse(JSON.stringify(step.state)) as FlapState
    for (const change of step.emit) {
      recorded.push({ at: second, change })
      rows = [applyChange(rows[0] ?? null, change, { place: 'db-1', source: 's', index: recorded.length })]
    }
  }
  return { recorded, row: rows[0], state }
}

test('a port that opens and closes now and then is recorded each time', () => {
  const { recorded, state } = observe((second) => second % 400 < 200, 2000)
  expect(recorded).toHaveLength(11)
  expect(recorded.every(({ change }) => change.flaps === null)).toBe(true)
  expect(Object.keys(state.keys)).toHaveLength(1)
})

test('one that flaps for an hour is folded with count, first and last, and told every ten minutes', () => {
  const { recorded } = observe((second) => second % 10 < 5, 3600)
  expect(recorded.length).toBeLessThanOrEqual(6 + 1 + 6)
  expect(recorded[5]?.change.flaps).toEqual({ count: 6, first: at(0), last: at(25) })
  const folded = recorded.slice(7).map((each) => each.at)
  expect(folded.every((second, i) => second - (folded[i - 1] ?? 30) >= 600)).toBe(true)
  expect(recorded.at(-1)?.change.flaps).toMatchObject({ first: at(0) })
})

test('a flapping port that opens while the book has it closed is on record at the same pass', () => {
  const { recorded } = observe((second) => second % 10 < 5, 60)
  expect(recorded[5]).toMatchObject({ at: 25, change: { kind: 'closed' } })
  expect(recorded[6]).toMatchObject({ at: 30, change: { kind: 'opened', flaps: { count: 7, last: at(30) } } })
  expect(recorded).toHaveLength(7)
})

test('however it flaps, the book never has it closed while it is open, and grows by two entries in ten minutes', () => {
  const hour = fc.array(fc.boolean(), { minLength: 720, maxLength: 720 })
  fc.assert(
    fc.property(hour, (open) => {
      const { recorded } = observe((second) => open[second / 5] ?? false, 3595)
      const missed = open.flatMap((isOpen, pass) => {
        const last = recorded.findLast((each) => each.at <= pass * 5)
        return isOpen && last?.change.sighting.state !== 'open' ? [pass] : []
      })
      expect(missed).toEqual([])
      const folded = recorded.filter(({ change }) => change.flaps !== null && change.flaps.count > 6)
      for (const { at: from } of folded)
        expect(folded.filter((each) => each.at >= from && each.at < from + 600).length).toBeLessThanOrEqual(2)
    }),
    { numRuns: 20 },
  )
})

test.each([true, false])('what holds when it settles is on record two minutes later (open: %s)', (open) => {
  const { recorded, row, state } = observe((second) => (second < 300 ? second % 10 < 5 : open), 1200)
  expect(row?.sighting.state).toBe(open ? 'open' : 'closed')
  expect(row?.flaps?.count).toBe(open ? 61 : 60)
  expect(recorded.at(-1)?.at).toBe(open ? 420 : 415)
  expect(state).toEqual(NO_FLAPS)
})

test('a key named like a prototype is a key like any other', () => {
  const change: SightingChange = {
    kind: 'opened',
    key: '__proto__',
    sighting: sighting(80),
    since: { notBefore: null, notAfter: at(0) },
    flaps: null,
  }
  let state = NO_FLAPS
  const counts = [0, 1, 2, 3, 4, 5, 6].map((second) => {
    const step = foldFlaps(state, [change], at(second))
    state = JSON.parse(JSON.stringify(step.state)) as FlapState
    return step.emit.length
  })
  expect(counts).toEqual([1, 1, 1, 1, 1, 1, 0])
})
