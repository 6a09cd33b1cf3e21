import { describe, expect, test } from 'vitest'

import { DISCLAIMER, openQuestions, verdict, verdictSentence, type Judged } from './check.ts'
import { driftOf } from './drift.ts'
import { facts, place, sighting, sightingRow, source, T2 } from './place.fixture.ts'
import { reconcilePlace } from './reconcile.ts'

const findings = driftOf(facts({ sightings: [sightingRow(sighting(80))] }))
const questions = openQuestions({ places: [place()], sources: [], ports: [] })
const judged = (values: Partial<Judged>): Judged => ({
  findings: [],
  questions: [],
  failOn: 'high',
  allowUndetermined: false,
  ...values,
})

describe('the gate', () => {
  test.each([
    [judged({}), 'pass'],
    [judged({ findings }), 'fail'],
    [judged({ findings, failOn: 'critical' }), 'pass'],
    [judged({ questions }), 'pass'],
    [judged({ questions, failOn: 'medium' }), 'undetermined'],
    [judged({ questions, failOn: 'medium', allowUndetermined: true }), 'pass'],
    [judged({ questions, findings, failOn: 'medium' }), 'fail'],
  ])('%#: %o', (input, expected) => expect(verdict(input)).toBe(expected))

  test('says what was looked for, when, and what stays open', () => {
    expect(verdictSentence(judged({ questions }), [], T2)).toBe(
      `no adopted rule matched at or above high; no findings below; packs: none adopted; 1 open question; ${T2}`,
    )
    expect(verdictSentence(judged({ findings }), ['house'], T2)).toBe(
      `1 finding at or above high, no findings below; packs: house; no open questions; ${T2}`,
    )
    expect(verdictSentence(judged({ questions, failOn: 'medium' }), [], T2)).toMatch(
      /^1 open question at or above medium must be answered first/,
    )
  })

  test('never speaks of compliance', () => {
    expect(`${DISCLAIMER} ${verdictSentence(judged({}), [], T2)}`).not.toMatch(/complian|breach/i)
  })
})

describe('an open question', () => {
  test('is asked for a place in scope that nobody ever observed, and for no other', () => {
    const sources = [source()]
    const places = [place(), place({ id: 'db-2' }), place({ id: 'db-3', inScope: false })]
    expect(openQuestions({ places, sources, ports: [] })).toMatchObject([
      { id: 'never-observed db-2', severity: 'medium', place: 'db-2' },
    ])
  })

  test('is asked for a port whose number stands in a variable', () => {
    const unknown = sightingRow(sighting(0, { flags: ['port-unknown'], workload: 'shop/web' }))
    const { ports } = reconcilePlace(facts({ sightings: [unknown, sightingRow(sighting(80))] }))
    expect(openQuestions({ places: [], sources: [], ports })).toMatchObject([
      { text: 'shop/web opens a tcp port whose number is chosen at run time or by a variable.' },
    ])
  })
})
