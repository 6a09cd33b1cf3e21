import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { base64, concat, fromUtf8, isDigit, readU32, readU64, startsWith, u16, u32, utf8 } from './bytes.ts'
import { cosignaturesOf, parseCheckpoint } from './checkpoint.ts'
import { checkEd25519Key } from './ed25519.ts'
import { count, exactly, instant, list, sameJson } from './form.ts'
import { beginningOf, IdBeginnings } from './ids.ts'
import { Fault } from './fault.ts'
import { parseJcs, parseJcsFile } from './jcs.ts'
import { shapeOf } from './leaf.ts'
import { isConsistent, isIncluded } from './merkle.ts'
import { parseNote } from './note.ts'
import { Checks } from './checks.ts'
import { bitsOf, Children, context, der, oidOf, parseDer, TAG, timeOf } from './der.ts'
import { parseKey, type Key } from './key.ts'
import { sha256 } from './runtime.ts'

/** Places where a verifier could be off by one, or leave a check out, and no pack would show it. */

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

describe('bytes', () => {
  test('are text only where they are UTF-8, a byte order mark included', () => {
    expect(() => fromUtf8(bytes('61ff'))).toThrow('UTF-8')
    expect(fromUtf8(bytes('efbbbf61'))).toBe('\ufeffa')
  })

  test('of numbers stand in big-endian order', () => {
    expect(u16(0xabcd)).toEqual(bytes('abcd'))
    expect(u32(0x89abcdef)).toEqual(bytes('89abcdef'))
    expect(readU32(bytes('0089abcdef'), 1)).toBe(0x89abcdef)
    expect(readU64(bytes('000123456789abcdef'), 1)).toBe(0x0123456789abcdefn)
  })
})

describe('bytes within others', () => {
  test('are there from the first to the last', () => {
    const word = utf8('abc')
    expect(startsWith(utf8('xabc'), 1, word)).toBe(true)
    for (const other of ['xbc', 'axc', 'abx', 'ab', '']) expect(startsWith(utf8(other), 0, word)).toBe(false)
  })

  test('are digits from 0 to 9', () => {
    const found = Array.from({ length: 256 }, (_, byte) => byte).filter(isDigit)
    expect(String.fromCharCode(...found)).toBe('0123456789')
    expect(isDigit(undefined)).toBe(false)
  })
})

describe('the form of a value', () => {
  test('is that of an object of exactly these members', () => {
    expect(exactly({ a: 1, b: 2 }, 'a b')).toEqual({ a: 1, b: 2 })
    for (const other of [{ a: 1 }, { a: 1, b: 2, c: 3 }, { b: 2 }, [], null, 1, undefined])
      expect(() => exactly(other, 'a b')).toThrow('not an object of a b')
  })

  test('is that of a number, a list, or a time', () => {
    expect([count(0), count(7, 7), count(Number.MAX_SAFE_INTEGER)]).toEqual([0, 7, Number.MAX_SAFE_INTEGER])
    for (const other of [-1, 8, '1', null, undefined])
      expect(() => count(other, 7)).toThrow('not a number from 0 to 7')
    expect(list([1])).toEqual([1])
    for (const other of [{}, 'a', null, undefined]) expect(() => list(other)).toThrow('not a list')
    expect(instant('2028-02-29T23:59:59.999Z')).toBe('2028-02-29T23:59:59.999Z')
    for (const other of ['2026-02-30T00:00:00.000Z', '2026-01-01T00:00:00Z', 'x', ''])
      expect(() => instant(other)).toThrow('not a time')
  })

  test('of a list is not that of an object with its elements', () => {
    expect(sameJson([1], { length: 1, 0: 1 })).toBe(false)
    expect(sameJson({ length: 1, 0: 1 }, [1])).toBe(false)
  })
})

describe('ids', () => {
  test('begin with 13 digits', () => {
    for (const beginning of [
      '0123456789abc',
      'fedcba9876543',
      '0000000000000',
      'fffffffffffff',
      '9a9a9a9a9a9a9',
    ])
      expect(beginningOf(utf8(`"${idOf(beginning)}"`), 1)).toBe(Number.parseInt(beginning, 16))
  })

  test('are suspected where their beginnings are the same', () => {
    expect(repeatedOf(idOf('0000000000000'))).toEqual(new Set())
    expect(repeatedOf(idOf('1'), idOf('1'))).toEqual(new Set([Number.parseInt('1ffffffffffff', 16)]))
    expect(repeatedOf(idOf('3'), idOf('1'), idOf('2'))).toEqual(new Set())
    expect(repeatedOf(idOf('3'), idOf('1'), idOf('2'), idOf('3'))).toEqual(
      new Set([Number.parseInt('3ffffffffffff', 16)]),
    )
  })

  test('of thousands of entries are kept', () => {
    const many = Array.from({ length: 3_000 }, (_, n) => idOf(n.toString(16).padStart(13, '0')))
    expect(repeatedOf(...many)).toEqual(new Set())
    expect(repeatedOf(...many, many[1_024] ?? '')).toEqual(new Set([1_024]))
  })

  test('are suspected wherever they come again, whatever their order', () => {
    expect(repeatedInPieces(9, 2, 7, 5, 8, 1, 3, 6, 4)).toEqual(new Set())
    expect(repeatedInPieces(9, 2, 7, 5, 8, 1, 3, 6, 4, 9)).toEqual(new Set([9]))
    expect(repeatedInPieces(9, 2, 0, 0, 8, 1, 3, 2)).toEqual(new Set([0, 2]))
    expect(repeatedInPieces(7, 7, 7, 7, 7, 6)).toEqual(new Set([7]))
  })
})

describe('a check', () => {
  test('that is not made is needed, unless it is said not to be', () => {
    const checks = new Checks()
    checks.notMade('one', 'nothing was there')
    checks.notMade('two', 'nothing was there', false)
    expect(checks.all.map(({ needed }) => needed)).toEqual([true, false])
  })
})

describe('a checkpoint', () => {
  const root = base64(new Uint8Array(32))

  test.each([`log\n5\n`, `log\n5\n${root}\nmore\n`, `\n5\n${root}\n`])('is not %j', (text) =>
    expect(() => parseCheckpoint(signed(text))).toThrow('three lines'),
  )

  test('of three lines is one', () =>
    expect(parseCheckpoint(signed(`log\n5\n${root}\n`))).toMatchObject({ origin: 'log', size: 5 }))

  const LAST_SECOND = 8_640_000_000_000
  const cosigned = (time: number, signer: Cosigner, cut = 0) => {
    const text = `log\n5\n${root}\n`
    const stamp = Buffer.alloc(8)
    stamp.writeBigUInt64BE(BigInt(time))
    const message = `cosignature/v1\ntime ${time}\n${text}`
    const signature = concat(stamp, signer.sign(message)).subarray(0, 72 - cut)
    const line = base64(concat(bytes(signer.key.id), signature))
    return parseCheckpoint(utf8(`${text}\n\u2014 ${signer.key.name} ${line}\n`))
  }

  test('is cosigned by the key that the name and the id say, of several under one name', () => {
    const [before, now] = [cosigner('witness'), cosigner('witness')]
    const found = cosignaturesOf(cosigned(1_700_000_000, now), [before.key, now.key])
    expect(found).toEqual([{ witness: now.key, time: 1_700_000_000 }])
  })

  test('is not cosigned by a signature of another length, or at a time that no calendar has', () => {
    const one = cosigner('witness')
    expect(() => cosignaturesOf(cosigned(1, one, 1), [one.key])).toThrow('71 bytes, not 72')
    expect(() => cosignaturesOf(cosigned(1, one, 68), [one.key])).toThrow('4 bytes, not 72')
    expect(cosignaturesOf(cosigned(LAST_SECOND, one), [one.key])).toHaveLength(1)
    expect(() => cosignaturesOf(cosigned(LAST_SECOND + 1, one), [one.key])).toThrow('impossible time')
  })
})

describe('DER', () => {
  test('has context tags of both forms', () => {
    expect([context(2), context(2, false), context(1)]).toEqual([0xa2, 0x82, 0xa1])
  })

  test('is read to its end', () => {
    const two = new Children(parseDer(bytes('3006020101020102')))
    two.take(TAG.integer)
    expect(() => two.end()).toThrow('more than it should')
    two.take(TAG.integer)
    expect(() => two.end()).not.toThrow()
    expect(() => two.any()).toThrow('cut off')
  })

  test.each([
    ['06017f', '2.47'],
    ['06042a818001', '1.2.16385'],
    ['06052a81808001', '1.2.2097153'],
    [`0620${'2a'.repeat(32)}`, ['1.2', ...Array.from({ length: 31 }, () => '42')].join('.')],
  ])('names %s the object %s', (hex, name) => expect(oidOf(parseDer(bytes(hex)))).toBe(name))

  test.each(['0600', '06032a8180', '06022a80', '06028001', `0621${'2a'.repeat(33)}`, '02012a'])(
    'names no object by %s',
    (hex) => expect(() => oidOf(parseDer(bytes(hex)))).toThrow('object identifier'),
  )

  test('has an object identifier of at least one byte, and tag numbers up to 30', () => {
    expect(() => oidOf(parseDer(bytes('0600')))).toThrow('not an object identifier')
    for (const hex of ['1f0101', '3f0101', '9f0101', 'bf0101'])
      expect(() => parseDer(bytes(hex))).toThrow('tag number above 30')
    expect(parseDer(bytes('1e0101')).tag).toBe(0x1e)
  })

  test('has lengths of up to three bytes in their shortest form', () => {
    const large = concat(bytes('0483010000'), new Uint8Array(0x1_0000))
    expect(parseDer(large).content.length).toBe(0x1_0000)
    for (const start of ['04820090', '0483000190', '048190'.replace('90', '7f')])
      expect(() => parseDer(concat(bytes(start), new Uint8Array(0x190)))).toThrow('shortest form')
  })

  test('has bit strings of whole bytes', () => {
    expect(bitsOf(parseDer(bytes('030200ff')))).toEqual(bytes('ff'))
    expect(() => bitsOf(parseDer(bytes('030201fe')))).toThrow('bit string')
    expect(() => bitsOf(parseDer(bytes('040200ff')))).toThrow('bit string')
  })

  test('is written up to 65,535 bytes', () => {
    for (const size of [0, 0x7f, 0x80, 0xff, 0x100, 0xffff]) {
      const written = der(TAG.octets, new Uint8Array(size))
      expect(parseDer(written).content.length).toBe(size)
    }
    expect(() => der(TAG.octets, new Uint8Array(0x1_0000))).toThrow(RangeError)
  })

  test('has times of at most 64 bytes', () => {
    expect(timeOf(parseDer(timeOfDigits(48)))).toBe(Date.parse('2026-11-26T09:00:00.111Z'))
    expect(() => timeOf(parseDer(timeOfDigits(49)))).toThrow('not a time')
  })

  test.each(['3080', '3080020101 0000'.replace(' ', ''), '30840000000302 0101'.replace(' ', '')])(
    'has no length like that of %s',
    (hex) => expect(() => parseDer(bytes(hex))).toThrow('indefinite or too large'),
  )
})

describe('canonical JSON', () => {
  test.each(['22e1808022', '22f180808022', '22ed9fbf22', '22efbfbf22'])('takes the bytes %s', (hex) =>
    expect(() => parseJcs(bytes(hex))).not.toThrow(),
  )

  test.each([
    '22e0808022',
    '22e1c08022',
    '22c090808022',
    '22f590808022',
    '22f1c0808022',
    '22f180418022',
    '22f180804122',
    '22eda08022',
    Buffer.from('{"a').toString('hex'),
    Buffer.from('"\\').toString('hex'),
    '22e1',
  ])('refuses the bytes %s', (hex) => expect(() => parseJcs(bytes(hex))).toThrow('canonical'))

  test.each(['{"z":1}', '{"9":1}', '{"a":1,"b":2}', '[1,2]'])('takes %s', (text) =>
    expect(parseJcs(utf8(text))).toEqual(JSON.parse(text)),
  )

  test.each(['[1;2]', '{"a":1;"b":2}', '{"a"=1}', '{xa":1}', '{"{":1}', '{":":1}', '{"`":1}', '{"/":1}'])(
    'refuses %s',
    (text) => expect(() => parseJcs(utf8(text))).toThrow('canonical'),
  )

  test('nests 16 objects and no more, and ends a file with one newline', () => {
    expect(() => parseJcs(objectsWithin(16))).not.toThrow()
    expect(() => parseJcs(objectsWithin(17))).toThrow('nested too deeply')
    expect(parseJcsFile(utf8('{}\n'))).toEqual({})
    for (const text of ['{}', '{}\n\n', '{} \n', '\n', ''])
      expect(() => parseJcsFile(utf8(text))).toThrow(Fault)
    expect(() => parseJcsFile(utf8('{} '))).toThrow('does not end its line')
  })

  test('says where a string is not finished, and refuses a byte that begins nothing', () => {
    expect(() => parseJcs(utf8('"a'))).toThrow('unfinished string, at byte 2')
    expect(() => parseJcs(bytes('228022'))).toThrow('invalid UTF-8, at byte 1')
  })

  test('has objects that are the same where all their members are, and no more', () => {
    expect(sameJson({ a: 1, b: [1, { c: null }] }, { a: 1, b: [1, { c: null }] })).toBe(true)
    for (const other of [{}, { a: 2 }, { a: 1, b: 2 }, { b: 1 }, [1], 1, null, undefined])
      expect([sameJson({ a: 1 }, other), sameJson(other, { a: 1 })]).toEqual([false, false])
    for (const other of [[], [1, 2], [2], { 0: 1 }]) expect(sameJson([1], other)).toBe(false)
  })
})

describe('an entry', () => {
  const ORIGIN = 'log.example'
  const record = (at: string) =>
    utf8(
      `portreeve.dev/record/v1\n{"at":"${at}","body":{},"id":"${'0'.repeat(32)}","log":"${ORIGIN}","t":"coverage"}\n`,
    )

  test.each(['2000-02-29', '2028-02-29', '2026-12-31', '0001-01-01'])('may be of %s', (day) =>
    expect(shapeOf(record(`${day}T23:59:59.999Z`), ORIGIN).type).toBe('coverage'),
  )

  test.each([
    '2100-02-29T00:00:00.000Z',
    '2026-02-29T00:00:00.000Z',
    '2028-02-30T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    '2026-00-01T00:00:00.000Z',
    '2026-04-31T00:00:00.000Z',
    '2026-01-00T00:00:00.000Z',
    'x026-01-01T00:00:00.000Z',
    '2026-01-01T24:00:00.000Z',
    '2026-01-01T00:60:00.000Z',
    '2026-01-01T00:00:60.000Z',
    '2026-01-01T00:00:00.000z',
    '2026-01-01t00:00:00.000Z',
  ])('is not of %s', (at) => expect(() => shapeOf(record(at), ORIGIN)).toThrow('`at` is'))
})

describe('a note', () => {
  test('has signatures of more than the id of their key', () => {
    expect(() => parseNote(signed('a\n', 4))).toThrow('without a signature')
    expect(parseNote(signed('a\n', 5)).signatures).toHaveLength(1)
  })
})

describe('a proof', () => {
  test('of hashes of another length holds for nothing, and ends nothing', () => {
    const claim = { older: 1n, newer: 2n, olderRoot: new Uint8Array(32), newerRoot: new Uint8Array(32) }
    for (const length of [0, 31, 33]) {
      expect(isConsistent({ ...claim, proof: [new Uint8Array(length)] })).toBe(false)
      const included = { leafHash: new Uint8Array(32), index: 0n, size: 2n, root: new Uint8Array(32) }
      expect(isIncluded({ ...included, proof: [new Uint8Array(length)] })).toBe(false)
    }
  })
})

describe('an Ed25519 key', () => {
  const good = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)

  test('is a point of prime order', () => {
    expect(() => checkEd25519Key(good)).not.toThrow()
    expect(() => checkEd25519Key(Uint8Array.from(good))).not.toThrow()
    expect(() => checkEd25519Key(good.subarray(1))).toThrow('31')
  })

  // RFC 8032 section 5.1.3; points of orders 1, 2, 4 and 8, the sign of x = 0, y from p on, and a y on no point.
  test.each([
    ['0100000000000000000000000000000000000000000000000000000000000000', 'prime order'],
    ['ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'prime order'],
    ['0000000000000000000000000000000000000000000000000000000000000000', 'prime order'],
    ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'prime order'],
    ['0100000000000000000000000000000000000000000000000000000000000080', 'canonical'],
    ['edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'canonical'],
    ['eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'canonical'],
    ['0200000000000000000000000000000000000000000000000000000000000000', 'canonical'],
  ])('is not %s', (hex, reason) => expect(() => checkEd25519Key(bytes(hex))).toThrow(reason))

  test('of mixed order is none: a good one with the point of order two added', () => {
    // (x, y) + (0, -1) = (-x, -y).
    const encoded = BigInt(`0x${Buffer.from(good).reverse().toString('hex')}`)
    const [odd, y] = [encoded >> 255n, encoded & ((1n << 255n) - 1n)]
    const other = (2n ** 255n - 19n - y) | ((1n - odd) << 255n)
    const mixed = Buffer.from(other.toString(16).padStart(64, '0'), 'hex').reverse()
    expect(() => checkEd25519Key(mixed)).toThrow('prime order')
  })
})

describe('a key as text', () => {
  test.each(['log', 'log+0a1b2c3d', '+0a1b2c3d+AQ==', 'a b+0a1b2c3d+AQ=='])('is not %j', (text) =>
    expect(() => parseKey(text)).toThrow('it has no name, id and value'),
  )
})

/** A note with a signature line of so many bytes, the id of the key among them. */
function signed(text: string, size = 68): Uint8Array {
  return utf8(`${text}\n\u2014 log ${base64(new Uint8Array(size))}\n`)
}

function repeatedOf(...ids: readonly string[]): ReadonlySet<number> {
  const beginnings = new IdBeginnings()
  for (const id of ids) beginnings.add(utf8(`"${id}"`), 1)
  return beginnings.repeated()
}

/** Gathered in pieces of four. */
function repeatedInPieces(...values: readonly number[]): ReadonlySet<number> {
  const beginnings = new IdBeginnings(4)
  for (const value of values) beginnings.add(utf8(idOf(value.toString(16).padStart(13, '0'))), 0)
  return beginnings.repeated()
}

function idOf(beginning: string): string {
  return beginning.padEnd(32, 'f')
}

function objectsWithin(depth: number): Uint8Array {
  return utf8(`${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`)
}

function timeOfDigits(digits: number): Uint8Array {
  return der(TAG.generalizedTime, utf8(`20261126090000.${'1'.repeat(digits)}Z`))
}

interface Cosigner {
  readonly key: Key
  readonly sign: (message: string) => Uint8Array
}

function cosigner(name: string): Cosigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const material = concat(Uint8Array.of(4), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))
  const id = Buffer.from(sha256(concat(utf8(`${name}\n`), material)).subarray(0, 4)).toString('hex')
  return {
    key: parseKey(`${name}+${id}+${base64(material)}`),
    sign: (message) => sign(null, Buffer.from(message), privateKey),
  }
}
