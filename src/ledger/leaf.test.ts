import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../lib/canonical-json.ts'
import type { Draft, JsonObject, Sealed } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import { openLeaf, sealDraft } from './leaf.ts'
import { readRecord } from './record.ts'

const context = { origin: 'portreeve.local/test', random: (bytes: number) => Buffer.alloc(bytes, 7) }
const draftOf = (body: JsonObject, personal: readonly string[] = []): Draft => ({
  id: '0123456789abcdef0123456789abcdef',
  type: 'sighting',
  at: '2026-11-23T09:00:00.000Z',
  body,
  personal,
})
const seal = (body: JsonObject, personal: readonly string[] = []) =>
  sealDraft(draftOf(body, personal), context)
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const leafOf = (json: string) => Buffer.from(`portreeve.dev/record/v1\n${json}\n`)
const refused = (detail: RegExp) =>
  expect.objectContaining({ code: 'leaf-invalid', message: expect.stringMatching(detail) })
const bodies = fc.dictionary(
  fc.stringMatching(/^[a-z0-9_]{1,9}$/),
  fc.oneof(
    fc.string({ unit: 'grapheme' }).filter((value) => value.isWellFormed()),
    fc.integer(),
    fc.array(fc.oneof(fc.constant(null), fc.integer(), fc.boolean()), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('user', '__proto__', '0'), fc.constantFrom('joe', 'ann'), { maxKeys: 3 }),
  ),
  { maxKeys: 5 },
)

describe('sealing', () => {
  test('writes two lines, the second in canonical JSON', () => {
    const { leaf, sealed } = seal({ port: 5432, open: true })
    expect(text(leaf)).toBe(
      'portreeve.dev/record/v1\n{"at":"2026-11-23T09:00:00.000Z","body":{"open":true,"port":5432},' +
        '"id":"0123456789abcdef0123456789abcdef","log":"portreeve.local/test","t":"sighting"}\n',
    )
    expect(sealed).toEqual([])
  })

  test('leaves of a personal value only its commitment, and of an element its place', () => {
    const { leaf, sealed } = seal({ owners: [{ pid: 1, user: 'joe' }], seen: ['a', 'joe', 'b'] }, [
      '/seen/1',
      '/owners/0/user',
    ])
    expect(text(leaf)).toContain('"body":{"owners":[{"pid":1}],"seen":["a",null,"b"]}')
    expect(text(leaf)).toMatch(
      /"priv":\[\{"c":"[^"]{44}","p":"\/owners\/0\/user"\},\{"c":"[^"]{44}","p":"\/seen\/1"\}\]/,
    )
    expect(text(leaf)).not.toContain('joe')
    expect(sealed.map(({ pointer, value }) => [pointer, value])).toEqual([
      ['/owners/0/user', '"joe"'],
      ['/seen/1', '"joe"'],
    ])
  })

  test('leaves the draft as it was', () => {
    const draft = draftOf({ owner: { user: 'joe' }, list: ['x'] }, ['/owner/user', '/list/0'])
    sealDraft(draft, context)
    expect(draft.body).toEqual({ owner: { user: 'joe' }, list: ['x'] })
  })

  test.each<[string, Draft, RegExp]>([
    ['a fraction', draftOf({ ratio: 0.5 }), /0\.5 is not an integer/],
    ['a key in capitals', draftOf({ ifClosed: 1 }), /key "ifClosed"/],
    ['a lone surrogate', draftOf({ name: '\ud800' }), /lone surrogate/],
    ['33 KiB', draftOf({ text: 'x'.repeat(33 * 1024) }), /larger than the 32768/],
    ['an id that is none', { ...draftOf({}), id: 'X' }, /32 hexadecimal/],
    ['a time without milliseconds', { ...draftOf({}), at: '2026-11-23T09:00:00Z' }, /RFC 3339/],
    ['a day that does not exist', { ...draftOf({}), at: '2026-02-30T09:00:00.000Z' }, /RFC 3339/],
    ['a pointer to nothing', draftOf({ a: 1 }, ['/b']), /nothing at \/b/],
    ['a pointer to what every object has', draftOf({ a: {} }, ['/a/constructor']), /nothing at/],
    ['a pointer to the whole', draftOf({ a: 1 }, ['']), /not a pointer/],
    ['a pointer with an escape', draftOf({ a: 1 }, ['/a~1']), /not a pointer/],
    ['a pointer within another', draftOf({ a: { b: 1 } }, ['/a', '/a/b']), /lies within/],
  ])('refuses %s', (_, draft, detail) => {
    expect(() => sealDraft(draft, context)).toThrow(refused(detail))
  })

  test('refuses a log without a name', () => {
    for (const origin of ['', 'a b', 'a+b', 'a\nb', 'ä'])
      expect(() => sealDraft(draftOf({}), { ...context, origin })).toThrow(refused(/cannot name a log/))
  })

  test('holds a body of 15 levels, sealed values included, and no deeper', () => {
    const nested = (depth: number): JsonObject => (depth === 1 ? { user: 'joe' } : { a: nested(depth - 1) })
    const pointer = '/a'.repeat(13)
    expect(openLeaf(0, seal(nested(15)).leaf, []).body).toEqual(nested(15))
    const { leaf, sealed } = seal(nested(15), [pointer])
    expect(openLeaf(0, leaf, sealed).body).toEqual(nested(15))
    expect(() => seal(nested(16))).toThrow(refused(/nested too deeply/))
    expect(() => seal(nested(16), [pointer])).toThrow(refused(/nested too deeply/))
  })
})

describe('opening', () => {
  test('gives back what was sealed, whichever members are personal', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), (body, choice) => {
        const personal = pointersInto(body).filter((_, i) => ((choice >> (i % 31)) & 1) === 1)
        const { leaf, sealed, id, type, at } = seal(body, personal)
        const entry = openLeaf(3, leaf, sealed)
        expect({ ...entry, body: canonicalJson(entry.body) }).toEqual({
          index: 3,
          id,
          type,
          at,
          by: null,
          body: canonicalJson(body),
          withheld: [],
        })
        expect(openLeaf(3, leaf, []).withheld).toEqual(personal.toSorted())
      }),
    )
  })

  test('names what is withheld and leaves its place empty', () => {
    const { leaf, sealed } = seal({ user: 'joe', mail: 'joe@example.com', list: ['joe'] }, [
      '/user',
      '/mail',
      '/list/0',
    ])
    const entry = openLeaf(
      0,
      leaf,
      sealed.filter(({ pointer }) => pointer === '/mail'),
    )
    expect(entry.body).toEqual({ mail: 'joe@example.com', list: [null] })
    expect(entry.withheld).toEqual(['/list/0', '/user'])
  })

  test('refuses a sealed value, salt or place that was exchanged', () => {
    const { leaf, sealed } = seal({ user: 'joe', home: '/home/joe' }, ['/user', '/home'])
    const [home, user] = sealed as [Sealed, Sealed]
    const other = { pointer: '/other', salt: user.salt, value: '"x"' }
    const swaps: Sealed[][] = [
      [{ ...user, value: '"ann"' }],
      [{ ...user, salt: Buffer.alloc(32, 8) }],
      [{ ...user, salt: Buffer.alloc(31, 7) }],
      [{ ...user, value: home.value }],
      [home, user, other],
      [user, user],
    ]
    for (const swapped of swaps)
      expect(() => openLeaf(0, leaf, swapped)).toThrow(refused(/sealed value|a salt/))
    expect(() => openLeaf(0, seal({}).leaf, [other])).toThrow(refused(/does not commit to/))
  })

  test('puts a value named __proto__ into its place and nowhere else', () => {
    const body = JSON.parse('{"a":{"__proto__":{"user":"joe"}}}') as JsonObject
    const { leaf, sealed } = seal(body, ['/a/__proto__'])
    const entry = openLeaf(0, leaf, sealed)
    expect(canonicalJson(entry.body)).toBe(canonicalJson(body))
    expect((entry.body['a'] as { user?: string }).user).toBeUndefined()
  })

  const good =
    '{"at":"2026-11-23T09:00:00.000Z","body":{"a":1},"id":"0123456789abcdef0123456789abcdef","log":"l","t":"genesis"}'
  const digest = Buffer.alloc(32).toString('base64')
  const withPriv = (priv: string, body = '{"a":1}') =>
    good.replace('{"a":1}', body).replace('"t"', `"priv":${priv},"t"`)
  test.each([
    ['another kind', Buffer.from(`portreeve.dev/record/v2\n${good}\n`), /neither kind/],
    ['a statement that nobody signed', Buffer.from(`portreeve.dev/statement/v1\n${good}\n`), /signed note/],
    ['nothing', Buffer.alloc(0), /neither kind/],
    ['a missing newline', leafOf(good).subarray(0, -1), /end its line/],
    ['a line more', leafOf(`${good}\n`), /not canonical/],
    ['a space', leafOf(good.replace(',', ', ')), /not canonical/],
    ['members out of order', leafOf(good.replace('"at"', '"z"')), /not canonical/],
    ['a member more', leafOf(good.replace('{"at"', '{"a":1,"at"')), /has the members a at/],
    ['a list', leafOf('[]'), /not an object/],
    ['an unknown type', leafOf(good.replace('genesis', 'gossip')), /type of entry/],
    ['no time', leafOf(good.replace('09:', '25:')), /time/],
    ['a long id', leafOf(good.replace('"0123', '"00123')), /hexadecimal/],
    ['a body that is a list', leafOf(good.replace('{"a":1}', '[1]')), /body/],
    ['an origin with a space', leafOf(good.replace('"l"', '"l l"')), /origin/],
    ['no commitment', leafOf(withPriv('[]')), /commitments/],
    ['a short commitment', leafOf(withPriv(`[{"c":"AAAA","p":"/b"}]`)), /malformed/],
    ['a commitment with more', leafOf(withPriv(`[{"c":"${digest}","p":"/b","q":1}]`)), /something else/],
    ['a commitment to what is there', leafOf(withPriv(`[{"c":"${digest}","p":"/a"}]`)), /taken/],
    [
      'a commitment to an element that is there',
      leafOf(withPriv(`[{"c":"${digest}","p":"/a/0"}]`, '{"a":[1]}')),
      /taken/,
    ],
    ['a commitment behind the end', leafOf(withPriv(`[{"c":"${digest}","p":"/a/1"}]`, '{"a":[1]}')), /taken/],
    ['a commitment below nothing', leafOf(withPriv(`[{"c":"${digest}","p":"/b/c"}]`)), /taken/],
    [
      'commitments twice',
      leafOf(withPriv(`[{"c":"${digest}","p":"/b"},{"c":"${digest}","p":"/b"}]`)),
      /out of order/,
    ],
    ['70,000 bytes', leafOf(good.replace('{"a":1}', `{"a":"${'x'.repeat(70_000)}"}`)), /more than 65535/],
  ])('refuses %s', (_, leaf, detail) => {
    expect(() => openLeaf(0, leaf, [])).toThrow(refused(detail))
  })

  test('never throws anything but a refusal, and what it accepts is canonical', () => {
    const { leaf } = seal({ user: 'joe', list: ['joe', 1] }, ['/user', '/list/0'])
    const mutated = fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(leaf)
      copy[at % copy.length] = byte
      return copy
    })
    const wild = fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => Buffer.concat([leafOf('').subarray(0, -1), bytes]))
    fc.assert(
      fc.property(fc.oneof(mutated, wild, fc.uint8Array()), (bytes) => {
        const code = codeOf(() => readRecord(bytes))
        expect(code).toBeOneOf(['leaf-invalid', null])
      }),
      { numRuns: 2000 },
    )
  })
})

/** Pointers to every member, and to elements of lists, none within another. */
function pointersInto(body: JsonObject): string[] {
  return Object.entries(body).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && Object.keys(value).length > 0
      ? Object.keys(value).map((inner) => `/${key}/${inner}`)
      : [`/${key}`],
  )
}

function codeOf(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}
