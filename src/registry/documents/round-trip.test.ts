import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, parseCanonical } from '../../lib/canonical-json.ts'
import { API_VERSION, DOCUMENT_KINDS } from '../../model/document.ts'
import type { BookDocument, DocumentKind } from '../../model/document.ts'
import type { Json, JsonObject } from '../../model/entry.ts'
import { documentDigest, fromLedgerBody, ledgerBodyDigest, toLedgerBody } from './ledger-body.ts'
import { parseDocuments } from './parse.ts'
import { SCHEMAS } from './schemas.ts'
import { fieldsOf, shapeAt, shapeOf } from './shape.ts'
import { writeDocuments } from './write.ts'

/** What YAML would read as something else, or not at all; one a line. */
const WORDS = `null
~
true
7
7.10
0x1f
1e3
-
- a
a: b
# a
*a
&a
!a
[
{
%
@
'
"
\\
---
...
<<
=
?
? a
|
>
a #b
…
TODO
TODO: ask`.split('\n')
const AWKWARD = fc.constantFrom(...WORDS, 'a\nb', 'a\n', '\n', ' a', 'a ', '\ta', '`')

/** Every document that the schemas allow, made from the schemas. */
const anyDocument: fc.Arbitrary<BookDocument> = fc.oneof(...DOCUMENT_KINDS.map(documentOf))

test('a document survives the ledger, byte for byte of its canonical text', () => {
  fc.assert(
    fc.property(anyDocument, (document) => {
      const leaf = Buffer.from(canonicalJson(toLedgerBody(document)))
      const read = fromLedgerBody(parseCanonical(leaf) as JsonObject)
      expect(read).toEqual(document)
      expect(documentDigest(read)).toBe(documentDigest(document))
      expect(ledgerBodyDigest(toLedgerBody(document))).toBe(documentDigest(document))
    }),
    { numRuns: 100 },
  )
})

test('what was written reads back as it was', () => {
  const several = fc.uniqueArray(anyDocument, {
    selector: ({ kind, name }) => `${kind}/${name}`,
    maxLength: 3,
  })
  fc.assert(
    fc.property(several, (documents) => {
      const read = parseDocuments([{ name: 'a.yaml', text: writeDocuments(documents, ['a\nb']) }])
      expect(read.faults).toEqual([])
      expect(read.documents.map(({ kind, name, spec }) => ({ kind, name, spec, position: null }))).toEqual(
        documents,
      )
    }),
    { numRuns: 100 },
  )
})

function documentOf(kind: DocumentKind): fc.Arbitrary<BookDocument> {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/)
  return fc
    .record(
      { kind: fc.constant(kind), name, spec: specOf(kind), position: fc.constant(null) },
      { noNullPrototype: true },
    )
    .filter(isValid)
}

function specOf(kind: DocumentKind): fc.Arbitrary<JsonObject> {
  return valueOf(shapeAt(shapeOf(kind), null, ['spec'])) as fc.Arbitrary<JsonObject>
}

function isValid({ kind, name, spec }: BookDocument): boolean {
  return SCHEMAS[kind].safeParse({ apiVersion: API_VERSION, kind, metadata: { name }, spec }).success
}

function valueOf(shape: JsonObject): fc.Arbitrary<Json> {
  const alternatives = (shape['oneOf'] ?? shape['anyOf']) as readonly JsonObject[] | undefined
  if (alternatives !== undefined) return fc.oneof(...alternatives.map(valueOf))
  if (shape['const'] !== undefined) return fc.constant(shape['const'])
  if (shape['enum'] !== undefined) return fc.constantFrom(...(shape['enum'] as readonly Json[]))
  if (shape['type'] === 'array') {
    const minLength = Number(shape['minItems'] ?? 0)
    return fc.array(valueOf(shape['items'] as JsonObject), { minLength, maxLength: 3 })
  }
  if (shape['type'] === 'object') return objectOf(shape)
  if (shape['type'] === 'boolean') return fc.boolean()
  if (shape['type'] === 'integer') {
    return fc.integer({
      min: Number(shape['minimum'] ?? 0),
      max: Math.min(Number(shape['maximum'] ?? 1e6), 1e6),
    })
  }
  return textOf(shape)
}

function objectOf(shape: JsonObject): fc.Arbitrary<JsonObject> {
  const fields = Object.entries(fieldsOf(shape)) as [string, JsonObject][]
  // The one object of which exactly one member is said.
  if ('kubernetes' in fieldsOf(shape)) {
    return fc.oneof(
      ...fields
        .filter(([key]) => key !== 'workload')
        .map(([key, field]) => fc.record({ [key]: valueOf(field) }, { noNullPrototype: true })),
    )
  }
  const members = Object.fromEntries(fields.map(([key, field]) => [key, valueOf(field)]))
  return fc.record(members, {
    requiredKeys: (shape['required'] ?? []) as string[],
    noNullPrototype: true,
  })
}

function textOf({ format, maxLength, pattern }: JsonObject): fc.Arbitrary<string> {
  if (format === 'date') return fc.constantFrom('2026-01-01', '2027-12-31', '2028-02-29')
  if (maxLength === 45) return fc.oneof(fc.ipV4(), fc.ipV6())
  if (maxLength === 49) return fc.constantFrom('10.0.3.0/24', '2001:db8::/32', '0.0.0.0/0')
  if (typeof pattern !== 'string') return fc.oneof(AWKWARD, fc.string({ minLength: 1, maxLength: 40 }))
  if (pattern.startsWith('^(\\d{1,5})-')) return fc.constantFrom('8000-8100', '1-65535', '5-5')
  if (pattern.includes('\\p{C}')) return fc.oneof(fc.stringMatching(/^[!-~]{1,20}$/), fc.domain())
  return fc.stringMatching(new RegExp(pattern))
}
