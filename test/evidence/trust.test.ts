import { describe, expect, test } from 'vitest'
import { isQuorum } from '../../verifier/src/policy.ts'
import { parseTrust } from '../../verifier/src/trust.ts'
import { noteKey, ORIGIN, SmallLog, trustText } from '../support/evidence-pack.ts'

/** A trust file is read strictly: who prints one and who reads one must mean the same. */

const log = new SmallLog()
log.record('genesis', {
  format: 1,
  log_key: log.logKeys[0]?.text ?? '',
  root_keys: [],
  software: 'portreeve/0.1.0',
})
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => noteKey(`${name}.example`, 4))
const text = trustText({ log })
const parse = (content: string) => parseTrust(Buffer.from(content))
const policy = (...lines: readonly string[]) => parse(text.replace('quorum none', lines.join('\n')))
const witnesses = [
  `witness a ${a?.text}`,
  `witness b ${b?.text}`,
  `witness c ${c?.text} https://c.example/`,
  `witness d ${d?.text}`,
]

describe('a trust file', () => {
  test('says which log, by which keys, and from which entry on', () => {
    const { origin, logs, quorum, heads, roots } = parse(`${text}head 7 ${'A'.repeat(43)}=\n`)
    expect([origin, logs.length, quorum, heads.length, roots]).toEqual([ORIGIN, 1, 'none', 1, null])
  })

  test('may be indented, commented, and in another order', () => {
    const [first, ...lines] = text.split('\n').slice(0, -1)
    const shuffled = [first, '', ...lines.toReversed().map((line) => ` \t${line}  `), '# the end', ''].join(
      '\n',
    )
    expect(parse(shuffled).origin).toBe(ORIGIN)
  })

  test.each<[string, (text: string) => string, RegExp]>([
    ['another first line', (t) => t.replace('/v1', '/v2'), /begins with/],
    ['a carriage return', (t) => t.replaceAll('\n', '\r\n'), /control characters/],
    ['no newline at its end', (t) => t.slice(0, -1), /begins with|newline/],
    ['an unknown line', (t) => `${t}trust everybody\n`, /no line "trust"/],
    ['two origins', (t) => `${t}origin ${ORIGIN}\n`, /one line `origin`/],
    ['no genesis', (t) => t.replace(/genesis .*\n/, ''), /one line `genesis`/],
    ['a genesis that is no hash', (t) => t.replace(/genesis .*\n/, 'genesis AAAA\n'), /32 bytes/],
    ['no log', (t) => t.replace(/log .*\n/, ''), /names a key of the log/],
    [
      'a log of another name',
      (t) => t.replace(/log .*\n/, `log ${noteKey('other.example').text}\n`),
      /is the origin/,
    ],
    [
      'a log key that cosigns',
      (t) => t.replace(/log .*\n/, `log ${noteKey(ORIGIN, 4).text}\n`),
      /wrong kind/,
    ],
    ['a key id of another key', (t) => t.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), /the id of key/],
    ['no quorum', (t) => t.replace('quorum none\n', ''), /one quorum/],
    ['two quorums', (t) => `${t}quorum none\n`, /one quorum/],
    ['a head with a leading zero', (t) => `${t}head 07 ${'A'.repeat(43)}=\n`, /not a number/],
    ['base64 in another spelling', (t) => `${t}head 7 ${'A'.repeat(42)}B=\n`, /base64/],
    [
      'a certificate that is none',
      (t) => `${t}timestamp tsa\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
      /./,
    ],
    ['a timestamp without a certificate', (t) => `${t}timestamp tsa\n`, /no certificate/],
    ['more than it may hold', (t) => `${t}${'# long\n'.repeat(10_000)}`, /65,536/],
  ])('with %s is refused', (_, change, reason) => {
    expect(() => parse(change(text))).toThrow(reason)
  })
})

describe('a quorum', () => {
  test('is reached by enough members of each group', () => {
    const { quorum, witnesses: known } = policy(
      ...witnesses,
      'group two 2 a b c',
      'group all all two d',
      'quorum all',
    )
    const named = (...names: readonly string[]) =>
      new Set(known.filter(({ name }) => names.includes(name[0] ?? '')).map(({ text }) => text))
    expect(isQuorum(quorum, named('a', 'b', 'd'))).toBe(true)
    expect(isQuorum(quorum, named('a', 'd'))).toBe(false)
    expect(isQuorum(quorum, named('a', 'b', 'c'))).toBe(false)
    expect(isQuorum(policy(...witnesses, 'group any any a b', 'quorum any').quorum, named('b'))).toBe(true)
    expect(isQuorum(policy(...witnesses, 'quorum c').quorum, named('c'))).toBe(true)
    expect(isQuorum(policy(...witnesses, 'quorum c').quorum, named('a'))).toBe(false)
  })

  test.each<[string, readonly string[], RegExp]>([
    ['of nobody', ['group none 1 a', 'quorum none'], /is taken/],
    ['of more than there are', ['group g 3 a b', 'quorum g'], /cannot need 3/],
    ['of none of its members', ['group g 0 a b', 'quorum g'], /cannot need 0/],
    ['of a group without members', ['group g any', 'quorum g'], /cannot need any/],
    ['of a witness that is not there', ['quorum e'], /called "e"/],
    ['of a group that comes later', ['quorum g', 'group g any a'], /called "g"/],
    ['of a witness in two groups', ['group g any a', 'group h any a', 'quorum h'], /member twice/],
    ['of a witness twice', ['group g 2 a a', 'quorum g'], /member twice/],
    ['of a group in itself', ['group g any g', 'quorum g'], /called "g"/],
    ['of two of one name', [`witness a ${noteKey('e.example', 4).text}`, 'quorum a'], /is taken/],
    ['of one witness under two names', [`witness e ${a?.text}`, 'quorum e'], /stands twice/],
  ])('%s is refused', (_, lines, reason) => {
    expect(() => policy(...witnesses, ...lines)).toThrow(reason)
  })
})
