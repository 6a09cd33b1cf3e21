import { existsSync, readdirSync, readFileSync } from 'node:fs'
import canonicalize from 'canonicalize'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  canonicalAgain,
  CanonicalError,
  canonicalFault,
  canonicalJson,
  parseCanonical,
} from './canonical-json.ts'

const bytes = (text: string) => Buffer.from(text)
const anyKeys = { keys: 'any' } as const

/** Values that the profile holds, with keys of either kind. */
const valueWith = (key: fc.Arbitrary<string>) =>
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, false),
      fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }).map((n) => n + 0),
      fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    ),
  })).value
const names = valueWith(fc.stringMatching(/^[a-z0-9_]{1,64}$/))
const anything = valueWith(fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()))

describe('writing', () => {
  test('sorts keys, leaves no space, and escapes only what must be escaped', () => {
    expect(canonicalJson({ b: [1, null, true], a_1: '"\\/\u0001\n\u007fé😂', '1': {} })).toBe(
      '{"1":{},"a_1":"\\"\\\\/\\u0001\\n\u007fé😂","b":[1,null,true]}',
    )
  })

  test('writes what another implementation of RFC 8785 writes', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(canonicalJson(value, anyKeys)).toBe(canonicalize(value))
      }),
    )
  })

  test('writes what was read again as it stood, also where a member was put back behind its place', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const text = canonicalJson(value, anyKeys)
        const read = JSON.parse(text) as unknown
        expect(canonicalAgain(read)).toBe(text)
        expect(canonicalAgain(reversed(read))).toBe(text)
      }),
    )
  })

  test('refuses what has no canonical text', () => {
    const refused = [
      1.5,
      1e15,
      -1e15,
      -0,
      Number.NaN,
      Infinity,
      '\ud800',
      'a\udc00b',
      undefined,
      1n,
      new Date(),
    ]
    for (const value of [...refused, () => 1, Symbol('s'), new Map(), [undefined], { a: undefined }])
      expect(() => canonicalJson(value)).toThrow(CanonicalError)
    for (const key of ['A', '', 'a-b', 'é', 'a'.repeat(65)])
      expect(() => canonicalJson({ [key]: 1 })).toThrow(CanonicalError)
  })

  test('refuses more than 16 containers within one another, and a value that holds itself', () => {
    expect(canonicalJson(nested(16))).toBe('['.repeat(16) + ']'.repeat(16))
    expect(() => canonicalJson(nested(17))).toThrow(CanonicalError)
    expect(() => canonicalJson(nested(3), { maxDepth: 2 })).toThrow(CanonicalError)
    const self: unknown[] = []
    self.push(self)
    expect(() => canonicalJson(self)).toThrow(CanonicalError)
  })

  test('keeps a member that is named __proto__', () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":1}}')
    expect(canonicalJson(value)).toBe('{"__proto__":{"a":1}}')
    expect(canonicalJson(parseCanonical(bytes('{"__proto__":{"a":1}}')))).toBe('{"__proto__":{"a":1}}')
  })
})

describe('checking', () => {
  test('accepts exactly what was written', () => {
    fc.assert(
      fc.property(names, anything, (value, other) => {
        expect(canonicalFault(bytes(canonicalJson(value)))).toBeNull()
        expect(canonicalFault(bytes(canonicalJson(other, anyKeys)), anyKeys)).toBeNull()
        expect(canonicalJson(parseCanonical(bytes(canonicalJson(value))))).toBe(canonicalJson(value))
      }),
    )
  })

  test.each([
    [''],
    [' 1'],
    ['1 '],
    ['01'],
    ['-0'],
    ['-'],
    ['+1'],
    ['1.0'],
    ['1e3'],
    ['1E3'],
    ['1000000000000000'],
    ['nul'],
    ['True'],
    ['NaN'],
    ['"'],
    ['"\t"'],
    ['"\\'],
    ['"\\/"'],
    ['"\\u000a"'],
    ['"\\u0041"'],
    ['"\\u001F"'],
    ['"\\u00e9"'],
    ['"\\ud83d\\ude02"'],
    ['"\\x"'],
    ['[1,]'],
    ['[,1]'],
    ['[1 ,2]'],
    ['[1'],
    ['{"a":1,}'],
    ['{"a":1,"a":2}'],
    ['{"b":1,"a":2}'],
    ['{"a":1, "b":2}'],
    ['{"a" :1}'],
    ['{a:1}'],
    ['{"A":1}'],
    ['{"":1}'],
    ['{"\\u0061":1}'],
    ['{"a"}'],
    ['{"a":}'],
    ['1\n'],
    ['\ufeff1'],
    ['['.repeat(17) + ']'.repeat(17)],
    ['['.repeat(100_000)],
    [`{"${'a'.repeat(65)}":1}`],
  ])('refuses %s', (text) => {
    expect(canonicalFault(bytes(text))).toMatch(/, at byte \d+$/)
    expect(() => parseCanonical(bytes(text))).toThrow(CanonicalError)
  })

  test('refuses every kind of invalid UTF-8', () => {
    const sequences = [
      '80',
      'c080',
      'c1bf',
      'c3',
      'e08080',
      'eda080',
      'edbfbf',
      'e282',
      'f08080af',
      'f4908080',
      'f5808080',
      'ff',
    ]
    for (const hex of sequences)
      expect(canonicalFault(Buffer.from(`22${hex}22`, 'hex'))).toMatch(/^invalid UTF-8/)
  })

  test('knows UTF-16 order from byte order', () => {
    const inOrder = '{"\u{1f602}":1,"\ufb33":2}'
    expect(canonicalJson(JSON.parse(inOrder), anyKeys)).toBe(inOrder)
    expect(canonicalFault(bytes(inOrder), anyKeys)).toBeNull()
    expect(canonicalFault(bytes('{"\ufb33":2,"\u{1f602}":1}'), anyKeys)).not.toBeNull()
  })

  test('never throws, and accepts a text only if writing its value again yields it', () => {
    const jsonLike = fc.stringMatching(/^[{}[\]",:\\a0-9eu. -]{0,24}$/).map(bytes)
    const mutated = fc.tuple(names, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
      const copy = bytes(canonicalJson(value))
      copy[at % copy.length] = byte
      return copy
    })
    const input = fc.oneof(fc.uint8Array({ maxLength: 40 }), jsonLike, mutated)
    fc.assert(
      fc.property(input, (text) => {
        const accepted = canonicalFault(text) === null
        expect(accepted).toBe(rewritten(text) === Buffer.from(text).toString())
      }),
      { numRuns: 3000 },
    )
  })
})

const shared = process.env['PORTREEVE_SHARED'] ?? '../shared'
const folder = `${shared}/conformance/jcs`
describe.skipIf(!existsSync(folder))(`conformance with cyberphone/json-canonicalization (${folder})`, () => {
  const read = (file: string) => readFileSync(`${folder}/${file}`)
  const outside = ['values.json']
  const files = readdirSyncOrNone(`${folder}/input`)

  test.each(files.filter((file) => !outside.includes(file)))('%s becomes its output', (file) => {
    const text = canonicalJson(JSON.parse(read(`input/${file}`).toString()), anyKeys)
    const hex = read(`outhex/${file.replace('.json', '.txt')}`)
      .toString()
      .replaceAll(/\s/g, '')
    expect(text).toBe(read(`output/${file}`).toString())
    expect(bytes(text).toString('hex')).toBe(hex)
    expect(canonicalFault(read(`output/${file}`), anyKeys)).toBeNull()
  })

  test.each(outside)('%s holds fractions and is refused', (file) => {
    expect(() => canonicalJson(JSON.parse(read(`input/${file}`).toString()), anyKeys)).toThrow(CanonicalError)
    expect(canonicalFault(read(`output/${file}`), anyKeys)).toMatch(/^number/)
  })
})

function readdirSyncOrNone(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : []
}

function nested(depth: number): unknown {
  return depth === 1 ? [] : [nested(depth - 1)]
}

/** The slow way that the checker stands in for: parse, write, compare. Null where that fails. */
function rewritten(text: Uint8Array): string | null {
  try {
    return canonicalJson(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)))
  } catch {
    return null
  }
}

/** The same value with the members of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).reverse()
  return Object.fromEntries(members.map(([name, member]) => [name, reversed(member)]))
}
