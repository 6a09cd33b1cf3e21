import { describe, expect, test } from 'vitest'
import { DOCUMENT_KINDS } from '../../model/document.ts'
import type { BookDocument } from '../../model/document.ts'
import type { Json, JsonObject } from '../../model/entry.ts'
import { documentDigest, fromLedgerBody, toLedgerBody } from './ledger-body.ts'
import { shapeOf } from './shape.ts'

const ZONE: BookDocument = { kind: 'Zone', name: 'app-tier', spec: { level: 'vpc' }, position: null }

test('its place in a file survives too, and changes nothing that was decided', () => {
  const moved = { ...ZONE, position: { file: 'zones.yaml', line: 3, column: 1 } }
  expect(fromLedgerBody({ ...toLedgerBody(moved), by: 'p1' })).toEqual(moved)
  expect(documentDigest(moved)).toBe(documentDigest(ZONE))
})

test('the digest is of API version, kind, name and spec', () => {
  expect(documentDigest(ZONE)).toBe('sha256:1c86e28d597626874033b36e9a98bc482d9a52d57a20fa63537c372c4ebae553')
  const others = [
    { ...ZONE, name: 'b' },
    { ...ZONE, kind: 'Place' as const },
    { ...ZONE, spec: { level: 'host' } },
  ]
  expect(new Set([ZONE, ...others].map(documentDigest)).size).toBe(4)
})

test('an entry that holds no document is a bug', () => {
  for (const body of [{}, { kind: 'Port', name: 'x' }, { kind: 'Secret', name: 'x', spec: {} }]) {
    expect(() => fromLedgerBody(body)).toThrow('an entry holds no document')
  }
})

describe('every field name', () => {
  for (const kind of DOCUMENT_KINDS) {
    test(`of ${kind} can stand on the ledger and come back, and is explained`, () => {
      const fields = [...fieldsIn(shapeOf(kind))]
      expect(fields.length).toBeGreaterThan(4)
      expect(fields.filter(([name]) => !/^[a-z][a-z0-9]*([A-Z][a-z0-9]+)*$/.test(name))).toEqual([])
      expect(fields.filter(([, shape]) => shape['description'] === undefined).map(([name]) => name)).toEqual(
        [],
      )
    })
  }
})

function* fieldsIn(shape: Json): Generator<[string, JsonObject]> {
  if (shape === null || typeof shape !== 'object') return
  if (Array.isArray(shape)) for (const each of shape) yield* fieldsIn(each as Json)
  else {
    const { properties = {}, items = null, oneOf = [] } = shape as JsonObject
    yield* Object.entries(properties as Record<string, JsonObject>)
    for (const below of [items, oneOf, Object.values(properties as JsonObject)]) yield* fieldsIn(below)
  }
}
