import { describe, expect, test } from 'vitest'
import type { BookDocument } from '../model/document.ts'
import type { JsonObject } from '../model/entry.ts'
import { keptUntil, retentionOf } from './retention.ts'

describe('a Retention document', () => {
  test('keeps for calendar years and for days, from the time of the entry', () => {
    expect(until({ years: 6 }, '2026-11-26T10:00:00.000Z')).toBe('2032-11-26T10:00:00.000Z')
    expect(until({ days: 90 }, '2026-11-26T10:00:00.000Z')).toBe('2027-02-24T10:00:00.000Z')
    expect(until({ years: 1 }, '2028-02-29T00:00:00.000Z')).toBe('2029-03-01T00:00:00.000Z')
  })

  test('keeps nothing that it does not cover', () => {
    const entry = { type: 'sighting', at: '2026-11-26T10:00:00.000Z', by: null, body: {} } as const
    expect(keptUntil(retention({ years: 1 }, { types: ['declaration'] }), entry)).toBeNull()
    expect(keptUntil(retention({ years: 1 }, { types: ['sighting'] }), entry)).not.toBeNull()
  })
})

function until(keep: JsonObject, at: string): string | null {
  return keptUntil(retention(keep), { type: 'declaration', at, by: null, body: {} })
}

function retention(keep: JsonObject, covers: JsonObject = {}) {
  const document: BookDocument = {
    kind: 'Retention',
    name: 'r',
    spec: { basis: 'x', keep, covers },
    position: null,
  }
  return retentionOf(document)
}
