import { describe, expect, test } from 'vitest'
import { concat, decimal, fromBase64, utf8 } from './bytes.ts'
import {
  booleanOf,
  childrenOf,
  der,
  integerBytes,
  oidOf,
  parseDer,
  smallInteger,
  TAG,
  timeOf,
} from './der.ts'
import { Fault } from './fault.ts'
import { parseJcs } from './jcs.ts'
import { parseNote } from './note.ts'
import { isListed, limitOf } from './paths.ts'
import { checkPlaces, pathOf, valueAt, withValueAt } from './pointer.ts'
import { parseInclusionProof } from './proof.ts'
import { parseQuestion } from './question.ts'
import { parseSshKey } from './ssh.ts'
import { timeProofIn } from './time-proof.ts'

/** Where a parser begins to refuse: the last that is right, and the first that is not. */

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

describe('canonical JSON', () => {
  test('nests 16 containers, of either kind, and no more', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const nested = (depth: number) => utf8(`${open.repeat(depth - 1)}[]${close.repeat(depth - 1)}`)
      expect(() => parseJcs(nested(16))).not.toThrow()
      expect(() => parseJcs(nested(17))).toThrow('nested too deeply')
    }
  })

  test.each([
    '0',
    '-1',
    '999999999999999',
    '{"a":1,"b":2}',
    `{"${'a'.repeat(64)}":1}`,
    '"é😂"',
    '"\\u0001\\b\\u001f"',
    '[true,false,null]',
    '{}',
  ])('takes %s', (text) => expect(parseJcs(utf8(text))).toEqual(JSON.parse(text)))

  test.each([
    '',
    '00',
    '-0',
    '-',
    '1000000000000000',
    '1.0',
    '1e3',
    `{"${'a'.repeat(65)}":1}`,
    '{"b":1,"a":2}',
    '{"a":1,"a":2}',
    '{"a" :1}',
    '[1,]',
    '[1',
    '{"a":1',
    '"\\u0008"',
    '"\\u000A"',
    '"\\/"',
    '"\\x"',
    '"',
    'tru',
    '{"A":1}',
    '{"":1}',
    '1 ',
  ])('refuses %j', (text) => expect(() => parseJcs(utf8(text))).toThrow('canonical'))

  test.each([
    '22c0af22',
    '22eda08022',
    '22f4908080 22'.replace(' ', ''),
    '22ff22',
    '22e282',
    '22e2282822',
    '22f0808080 22'.replace(' ', ''),
    '22f09f9822',
    '22c22822',
  ])('refuses the bytes %s, which are no UTF-8', (hex) =>
    expect(() => parseJcs(bytes(hex))).toThrow('canonical'),
  )

  test.each([
    '22c28022',
    '22dfbf22',
    '22e0a08022',
    '22ed9fbf22',
    '22eebfbf22',
    '22f090808022',
    '22f48fbfbf22',
  ])('takes the bytes %s, which are', (hex) => expect(typeof parseJcs(bytes(hex))).toBe('string'))
})

describe('DER', () => {
  test.each(['0201', '02020001', '0202ff80', '0200', '0280', '028101ff', '02820001ff', '1f0101', '020101ff'])(
    'refuses %s',
    (hex) => expect(() => integerBytes(parseDer(bytes(hex)))).toThrow(/DER|integer/),
  )

  test.each([
    ['020100', 0],
    ['02017f', 127],
    ['02020080', 128],
    ['02047fffffff', 2 ** 31 - 1],
  ])('reads the integer %s', (hex, value) => expect(smallInteger(parseDer(bytes(hex)))).toBe(value))

  test.each(['02050080000000', '020180', '0202ff7f', '0205010000 0000'.replace(' ', '')])(
    'has no small integer in %s',
    (hex) => expect(() => smallInteger(parseDer(bytes(hex)))).toThrow('out of range'),
  )

  test('has one true, one false, and lengths in their shortest form', () => {
    expect([booleanOf(parseDer(bytes('0101ff'))), booleanOf(parseDer(bytes('010100')))]).toEqual([
      true,
      false,
    ])
    for (const hex of ['010101', '0102ffff', '0100'])
      expect(() => booleanOf(parseDer(bytes(hex)))).toThrow('boolean')
    for (const size of [0, 127, 128, 255, 256, 65_535]) {
      const written = der(TAG.octets, new Uint8Array(size))
      expect(parseDer(written).content.length).toBe(size)
      expect(() => parseDer(concat(written, Uint8Array.of(0)))).toThrow('behind')
      expect(() => parseDer(written.subarray(0, -1))).toThrow('cut off')
    }
    expect(childrenOf(parseDer(bytes('3006020101020102')), TAG.sequence)).toHaveLength(2)
    expect(() => childrenOf(parseDer(bytes('3006020101020102')), TAG.set)).toThrow('tag')
  })

  test.each([
    ['06032a0304', '1.2.3.4'],
    ['0603883703', '2.999.3'],
    ['060127', '0.39'],
    ['060128', '1.0'],
    ['060150', '2.0'],
    ['060978', null],
    ['0600', null],
    ['06028001', null],
    ['060281', null],
    ['06032a8001', null],
    ['060a2affffffffffffffff7f', null],
  ])('reads the object identifier %s', (hex, name) => {
    const read = () => oidOf(parseDer(bytes(hex)))
    expect(answerOf(read)).toBe(name)
  })

  test.each([
    [TAG.utcTime, '260228235959Z', '2026-02-28T23:59:59.000Z'],
    [TAG.utcTime, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [TAG.utcTime, '490101000000Z', '2049-01-01T00:00:00.000Z'],
    [TAG.generalizedTime, '20260228235959.1239Z', '2026-02-28T23:59:59.123Z'],
    [TAG.generalizedTime, '20260228235959.5Z', '2026-02-28T23:59:59.500Z'],
    [TAG.generalizedTime, '20260228235959.50Z', null],
    [TAG.generalizedTime, '20260229235959Z', null],
    [TAG.generalizedTime, '20260228240000Z', null],
    [TAG.generalizedTime, '20260228235959+0100', null],
    [TAG.utcTime, '2602282359Z', null],
  ])('reads the time %i %s', (tag, text, time) => {
    const read = () => new Date(timeOf(parseDer(der(tag, utf8(text))))).toISOString()
    expect(answerOf(read)).toBe(time)
  })
})

describe('texts', () => {
  test('a note has 1 to 100 signatures, and text before the last empty line', () => {
    expect(parseNote(noteOf(100))).toMatchObject({ text: 'a\n\nb\n', signatures: { length: 100 } })
    for (const count of [0, 101]) expect(() => parseNote(noteOf(count))).toThrow('signatures')
    for (const bad of [
      'a\n\n\u2014 k AAAA\n',
      'a\n\n\u2014 k+ AAAAAAA=\n',
      'a\n\n- k AAAAAAA=\n',
      'a\n\u2014 k AAAAAAA=\n',
      'a\t\n\n\u2014 k AAAAAAA=\n',
      'a\n\n\u2014 k AAAAAAA=',
    ])
      expect(() => parseNote(utf8(bad))).toThrow(/./)
  })

  test('a proof has at most 64 hashes, and ends in the head', () => {
    const head = utf8('head\n')
    expect(parseInclusionProof(proofOf(64), head)).toMatchObject({ number: 7, hashes: { length: 64 } })
    expect(() => parseInclusionProof(proofOf(65), head)).toThrow('65 hashes')
    expect(() => parseInclusionProof(proofOf(1, '07'), head)).toThrow('not a number')
    expect(() => parseInclusionProof(proofOf(1), utf8('other\n'))).toThrow('another checkpoint')
    expect(() => parseInclusionProof(proofOf(1), utf8('\nhead\n'))).toThrow('no empty line')
  })

  test('a number has no leading zero and at most 53 bits; base64 has one spelling', () => {
    expect([decimal('0'), decimal('9007199254740991')]).toEqual([0, Number.MAX_SAFE_INTEGER])
    for (const text of ['', '01', '-1', '9007199254740992', '1.5', '1e3'])
      expect(() => decimal(text)).toThrow('not a number')
    expect(fromBase64('AAE=')).toEqual(Uint8Array.of(0, 1))
    for (const text of ['AAE', 'AAF=', 'AAE =', 'AA-_', 'AAE=='])
      expect(() => fromBase64(text)).toThrow('base64')
  })

  test('a path of a pack is one that its page names', () => {
    for (const path of ['leaves/0.leaf', 'timestamps/7.1.tsr', 'attachments/x.json', 'opened.json'])
      expect([path, isListed(path)]).toEqual([path, true])
    for (const path of [
      'leaves/00.leaf',
      'timestamps/7.0.tsr',
      'attachments/x/y',
      'manifest.json',
      `attachments/${'a'.repeat(65)}`,
      'leaves/0.leaf/',
      '.',
    ])
      expect([path, isListed(path)]).toEqual([path, false])
    expect([limitOf('leaves/0.leaf'), limitOf('manifest.json'), limitOf('other')]).toEqual([
      65_535,
      4 * 1024 * 1024,
      0,
    ])
  })

  test('a pointer leads where it says', () => {
    const value = { a: [{ b: 1 }, null] }
    expect([
      valueAt(value, pathOf('/a/0/b')),
      valueAt(value, pathOf('')),
      valueAt(value, pathOf('/a/00')),
    ]).toEqual([1, value, undefined])
    for (const pointer of ['a', '/~0', `/${'a'.repeat(1024)}`])
      expect(() => pathOf(pointer)).toThrow('not a JSON pointer')
    expect(withValueAt(value, pathOf('/a/1'), 2)).toEqual({ a: [{ b: 1 }, 2] })
    expect(() => checkPlaces(value, ['/a/0/c', '/a/1', '/d'])).not.toThrow()
    for (const wrong of [['/a/0/b'], ['/a/2'], ['/d', '/d'], ['/d', '/d/e'], ['/d', '/c'], ['/x/y'], ['/A']])
      expect(() => checkPlaces(value, wrong)).toThrow(/pointer|commitment/)
  })
})

test('an SSH key is one key and nothing behind it', () => {
  const key = concat(bytes('0000000b'), utf8('ssh-ed25519'), bytes('00000020'), new Uint8Array(32).fill(9))
  expect(parseSshKey(key).type).toBe('ssh-ed25519')
  expect(() => parseSshKey(concat(key, Uint8Array.of(0)))).toThrow('behind')
  expect(() => parseSshKey(key.subarray(0, -1))).toThrow('cut off')
})

describe('a question', () => {
  const port = { at: null, kind: 'port', period: null, port: 'db-1/x', record: null, text: 'When?' }
  const sample = { kind: 'sample', period: null, population: 'openings', seed: 'dice', size: 1, text: 'Some' }

  test('is about a port or a sample, within its limits', () => {
    expect(questionOf(port)).toEqual({ kind: 'port', port: 'db-1/x', text: 'When?' })
    expect(
      questionOf({
        ...port,
        at: '2026-01-01T00:00:00.000Z',
        period: periodOf('01', '02'),
        text: 'x'.repeat(1024),
      }),
    ).toMatchObject({ kind: 'port' })
    expect(questionOf({ ...sample, seed: 'x'.repeat(128), size: 10_000 })).toMatchObject({ size: 10_000 })
  })

  test.each<[string, object]>([
    ['of another kind', { ...port, kind: 'host' }],
    ['at no time', { ...port, at: 'yesterday' }],
    ['of a record that is none', { ...port, record: 7 }],
    ['of a period that ends as it begins', { ...port, period: periodOf('01', '01') }],
    ['with too many words', { ...port, text: 'x'.repeat(1025) }],
    ['for nothing', { ...sample, size: 0 }],
    ['for too much', { ...sample, size: 10_001 }],
    ['without a seed', { ...sample, seed: '' }],
    ['with too long a seed', { ...sample, seed: 'x'.repeat(129) }],
    ['of another population', { ...sample, population: 'people' }],
  ])('%s is refused', (_, value) => {
    expect(() => questionOf(value)).toThrow(/./)
  })
})

test('a time proof names one piece of evidence', () => {
  const at = '2026-01-01T00:00:00.000Z'
  expect(timeProofIn({ at, by: 'timestamp 7.1', size: 7 })).toEqual({
    at,
    by: 'timestamp',
    name: '7.1',
    size: 7,
  })
  for (const by of ['timestamp', 'timestamp  7', 'clock 7', 'anchor 7 8'])
    expect(() => timeProofIn({ at, by, size: 7 })).toThrow('time')
})

/** Null where it was refused. */
function answerOf<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

function noteOf(count: number): Uint8Array {
  return utf8(`a\n\nb\n\n${`\u2014 k AAAAAAA=\n`.repeat(count)}`)
}

function proofOf(count: number, index = '7'): Uint8Array {
  return utf8(`c2sp.org/tlog-proof@v1\nindex ${index}\n${`${'A'.repeat(43)}=\n`.repeat(count)}\nhead\n`)
}

function questionOf(value: object): unknown {
  return parseQuestion(utf8(`${JSON.stringify(value)}\n`))
}

function periodOf(from: string, until: string): object {
  return { from: `2026-01-${from}T00:00:00.000Z`, until: `2026-01-${until}T00:00:00.000Z` }
}
