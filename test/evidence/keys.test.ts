import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/model/entry.ts'
import { judge, type Report } from '../../verifier/src/judge.ts'
import {
  namedKey,
  noteKey,
  ORIGIN,
  packFiles,
  PORT,
  SmallLog,
  trustText,
  type NoteKey,
  type Signer,
} from '../support/evidence-pack.ts'
import { enrolment, possessionOf } from '../support/evidence-story.ts'
import { sshSigner, webauthnSigner } from '../support/statement-signers.ts'

/** Whose signatures count, by the order of entries alone: docs/formats/ledger-keys-v1.md. */

const roots = [noteKey('root-1'), noteKey('root-2'), noteKey('root-3')].toSorted((a, b) =>
  a.text < b.text ? -1 : 1,
)
const [one, two, three] = roots as [NoteKey, NoteKey, NoteKey]
const DECISION = { decides: 'approve', record: 'billing-db' }

/** A log with two of three root keys, or one without any. */
function newLog({ withRoots = true } = {}): SmallLog {
  const log = new SmallLog()
  log.record('genesis', {
    format: 1,
    log_key: log.logKeys[0]?.text ?? '',
    root_keys: [],
    software: 'portreeve/0.1.0',
  })
  if (withRoots) log.record('key', rootsBody(roots, 2, roots.map(possessionOf)))
  return log
}

function rootsBody(
  keys: readonly NoteKey[],
  threshold: number,
  possession?: readonly (string | null)[],
): JsonObject {
  const proof = possession === undefined ? {} : { possession }
  return { act: 'root', ...proof, root_keys: keys.map(({ text }) => text), threshold }
}

function judged(log: SmallLog, trust = trustText({ log, logKeys: log.logKeys.slice(0, 1) })): Report {
  log.checkpoint()
  const question = { at: null, kind: 'port', period: null, port: PORT, record: null, text: 'Who?' }
  const leaves = Array.from({ length: log.size }, (_, i) => i)
  const files = packFiles({ log, leaves, question, answer: { interval: null } })
  return judge({ folder: { files, refused: [] }, trust: Buffer.from(trust), tiles: null })
}

function failures({ checks }: Report): string[] {
  return checks.filter(({ state }) => state === 'failed').map(({ name, says }) => `${name}: ${says}`)
}

/** Needed checks that were not made. */
function unmade({ checks }: Report): string[] {
  return checks.filter(({ state, needed }) => state === 'not made' && needed).map(({ name }) => name)
}

function saysOf({ checks }: Report, name: string): string {
  return checks.find((check) => check.name === name)?.says ?? ''
}

describe('a person’s signature', { timeout: 60_000 }, () => {
  const kinds: [string, () => Signer][] = [
    ['Ed25519', () => noteKey('p_ann')],
    ['SSH with Ed25519', () => sshSigner('p_ann', ['-t', 'ed25519'])],
    ['SSH with P-256', () => sshSigner('p_ann', ['-t', 'ecdsa', '-b', '256'])],
    ['SSH with P-384', () => sshSigner('p_ann', ['-t', 'ecdsa', '-b', '384'])],
    ['SSH with P-521', () => sshSigner('p_ann', ['-t', 'ecdsa', '-b', '521'])],
    ['SSH with RSA', () => sshSigner('p_ann', ['-t', 'rsa', '-b', '3072'])],
    ['WebAuthn with P-256', () => webauthnSigner('p_ann')],
    ['WebAuthn with Ed25519', () => webauthnSigner('p_ann', 'ed25519')],
    ['WebAuthn with RSA', () => webauthnSigner('p_ann', 'rsa')],
  ]
  test.each(kinds.map(([kind, make]) => [kind, once(make)] as const))('by %s counts', (_, make) => {
    const ann = make()
    const log = newLog()
    log.statement('key', enrolment(ann, ['decision']), 'p_ann', [one, two, ann])
    const decision = log.statement('decision', DECISION, 'p_ann', [ann])
    const report = judged(log)
    expect(failures(report)).toEqual([])
    expect(saysOf(report, `statement ${decision}`)).toBe(`p_ann, by key ${ann.keyId}`)
  })

  test.each<[string, Signer]>([
    ['made for another page', webauthnSigner('p_ann', 'P-256', { origin: 'https://evil.example' })],
    ['made for another relying party', webauthnSigner('p_ann', 'P-256', { relyingParty: 'evil.example' })],
    ['made in a frame', webauthnSigner('p_ann', 'P-256', { more: { crossOrigin: true } })],
    ['of a registration', webauthnSigner('p_ann', 'P-256', { type: 'webauthn.create' })],
    ['of another text', webauthnSigner('p_ann', 'P-256', { challenge: () => 'AAAA' })],
    ['without a person present', webauthnSigner('p_ann', 'P-256', { flags: 0b100 })],
    ['without a person verified', webauthnSigner('p_ann', 'P-256', { flags: 0b001 })],
  ])('by WebAuthn %s does not count', (_, ann) => {
    const log = newLog()
    log.statement('key', enrolment(ann, ['decision']), 'p_ann', [one, two, ann])
    expect(failures(judged(log))[0]).toMatch(/^keys: entry 2: /)
  })

  test.each<[string, () => Signer, RegExp]>([
    ['RSA of 2048 bits', once(() => sshSigner('p_ann', ['-t', 'rsa', '-b', '2048'])), /2048 bits/],
    ['a neutral point', () => weak(Buffer.from(`01${'00'.repeat(31)}`, 'hex')), /prime order/],
    ['a y above p', () => weak(Buffer.from(`ee${'ff'.repeat(30)}7f`, 'hex')), /canonical/],
  ])('by %s is no signature of a person', (_, make, reason) => {
    const log = newLog({ withRoots: false })
    const ann = make()
    log.record('key', { ...enrolment(ann, ['decision']), possession: 'AAAA' })
    expect(failures(judged(log))[0]).toMatch(reason)
  })
})

describe('a key', () => {
  const ann = noteKey('p_ann')
  const bob = noteKey('p_bob')
  const enrolled = () => {
    const log = newLog()
    log.statement('key', enrolment(ann, ['decision']), 'p_ann', [one, two, ann])
    return log
  }

  test('signs from its enrolment on, within its scope and for its holder', () => {
    const early = newLog()
    early.statement('decision', DECISION, 'p_ann', [ann])
    early.statement('key', enrolment(ann, ['decision']), 'p_ann', [one, two, ann])
    expect(failures(judged(early))).toEqual([
      expect.stringMatching(/^statement 2: .*enrolled later, by entry 3/),
    ])
    const wide = enrolled()
    wide.statement('grant', {}, 'p_ann', [ann])
    expect(failures(judged(wide))).toEqual([expect.stringContaining('may not sign entries of type grant')])
    const other = enrolled()
    other.statement('decision', DECISION, 'p_bob', [ann])
    expect(failures(judged(other))).toEqual([expect.stringContaining('p_bob speaks')])
  })

  test('that the log does not know is passed over; one that it knows must have signed', () => {
    const log = enrolled()
    const decision = log.statement('decision', DECISION, 'p_ann', [ann, bob])
    expect(saysOf(judged(log), `statement ${decision}`)).toContain(
      '1 signatures by keys that the log does not know',
    )
    const forged = enrolled()
    forged.statement('decision', DECISION, 'p_ann', [{ ...ann, over: () => Buffer.alloc(64, 1) }])
    expect(failures(judged(forged))).toEqual([expect.stringContaining('does not verify')])
  })

  test('that was retired signs nothing from then on', () => {
    const log = enrolled()
    log.statement('decision', DECISION, 'p_ann', [ann])
    log.statement('key', { act: 'retire', key: ann.text, reason: 'left' }, 'p_ann', [ann])
    expect(failures(judged(log))).toEqual([])
    log.statement('decision', DECISION, 'p_ann', [ann])
    expect(failures(judged(log))).toEqual([expect.stringMatching(/^statement 5: .*retired by entry 4/)])
  })

  test('that the roots call compromised is suspect back to where they say, and no further by its holder alone', () => {
    const compromise = { act: 'compromise', key: ann.text, reason: 'stolen', since_index: 3 }
    const byRoots = enrolled()
    byRoots.statement('decision', DECISION, 'p_ann', [ann])
    byRoots.statement('key', compromise, 'root-1', [one, two])
    expect(failures(judged(byRoots))).toEqual([
      expect.stringMatching(/^statement 3: .*compromised from entry 3 on/),
    ])
    const byHolder = enrolled()
    byHolder.statement('decision', DECISION, 'p_ann', [ann])
    byHolder.statement('key', compromise, 'p_ann', [ann])
    expect(failures(judged(byHolder))).toEqual([])
  })

  test('is enrolled by enough root keys and itself', () => {
    for (const signers of [[one, ann], [one, two], [ann], [one, one]]) {
      const log = newLog()
      log.statement('key', enrolment(ann, ['decision']), 'p_ann', [...new Set(signers)])
      expect(failures(judged(log))).toEqual([expect.stringMatching(/^keys: entry 2: /)])
    }
  })

  test.each<[string, JsonObject, boolean]>([
    ['from the first entry on', { since_index: 0 }, true],
    ['from the entry itself on', { since_index: 3 }, true],
    ['from an entry on that is not there yet', { since_index: 4 }, false],
    ['from before the first entry on', { since_index: -1 }, false],
    ['from a word on', { since_index: 'x' }, false],
    ['for a reason of 200 bytes', { since_index: 3, reason: 'é'.repeat(100) }, true],
    ['for a reason of one byte', { since_index: 3, reason: 'x' }, true],
    ['for a reason of 201 bytes', { since_index: 3, reason: `${'é'.repeat(100)}x` }, false],
    ['for no reason', { since_index: 3, reason: '' }, false],
    ['for a reason that is a number', { since_index: 3, reason: 7 }, false],
  ])('is called compromised %s', (_, change, stands) => {
    const log = enrolled()
    const body = { act: 'compromise', key: ann.text, reason: 'stolen', ...change }
    log.statement('key', body, 'root-1', [one, two])
    const found = failures(judged(log)).map((fault) => fault.slice(0, 'keys: entry 3'.length))
    expect(found).toEqual(stands ? [] : ['keys: entry 3'])
  })

  test('is not ended by who holds another key', () => {
    const log = enrolled()
    log.statement('key', enrolment(bob, ['decision']), 'p_bob', [one, two, bob])
    log.statement('key', { act: 'retire', key: ann.text, reason: 'left' }, 'p_bob', [bob])
    expect(failures(judged(log))).toEqual([expect.stringMatching(/^keys: entry 4: 0 root keys signed/)])
  })

  test('does not end itself once it is not in force', () => {
    const log = enrolled()
    const retire = { act: 'retire', key: ann.text, reason: 'left' }
    log.statement('key', retire, 'p_ann', [ann])
    log.statement('key', retire, 'p_ann', [ann])
    // The key itself is in force at the entry that ends it, and not behind.
    expect(failures(judged(log))).toEqual([expect.stringMatching(/^keys: entry 4: /)])
  })

  test('signs no statement twice, and none that saw what was not there yet', () => {
    const twice = enrolled()
    twice.statement('decision', DECISION, 'p_ann', [ann, ann])
    expect(failures(judged(twice))).toContain('leaf 3: one key signed a statement twice')
    const elsewhere = enrolled()
    elsewhere.checkpoint()
    elsewhere.statement('decision', DECISION, 'p_ann', [ann], {
      base: { root: Buffer.alloc(32).toString('base64'), size: 3 },
    })
    expect(failures(judged(elsewhere))).toEqual(['statement 3: its signer saw another history of this log'])
    const early = enrolled()
    early.statement('decision', DECISION, 'p_ann', [ann], {
      base: { root: Buffer.alloc(32).toString('base64'), size: 4 },
    })
    expect(failures(judged(early))).toEqual(['statement 3: the statement names a checkpoint behind itself'])
  })

  test('is enrolled once, whatever its name', () => {
    const log = enrolled()
    const again = { ...ann, ...namedKey('p_again', ann.material, ann.secret) }
    log.statement('key', enrolment(again, ['decision']), 'p_again', [one, two, again])
    expect(failures(judged(log))).toEqual([expect.stringContaining('was enrolled before')])
  })

  test('is enrolled on the word of the log alone while there are no roots, and the report says so', () => {
    const log = newLog({ withRoots: false })
    log.record('key', { ...enrolment(ann, ['decision']), possession: possessionOf(ann) })
    const decision = log.statement('decision', DECISION, 'p_ann', [ann])
    const report = judged(log)
    expect(failures(report)).toEqual([])
    expect(saysOf(report, `statement ${decision}`)).toContain('enrolled on the log')
    const stolen = newLog({ withRoots: false })
    stolen.record('key', { ...enrolment(ann, ['decision']), possession: possessionOf(bob) })
    expect(failures(judged(stolen))).toEqual([expect.stringMatching(/^keys: entry 1: /)])
  })

  test('is not enrolled by a record once there are roots', () => {
    const log = newLog()
    log.record('key', { ...enrolment(ann, ['decision']), possession: possessionOf(ann) })
    expect(failures(judged(log))).toEqual([expect.stringContaining('root keys, and they did not sign')])
  })

  test.each<[string, JsonObject]>([
    ['another member', { more: 1 }],
    ['a scope out of order', { scope: ['grant', 'decision'] }],
    ['a scope with keys', { scope: ['key'] }],
    ['no scope', { scope: [] }],
    ['a holder of another name', { holder: 'p_bob' }],
    ['a kind that is none', { kind: 'group' }],
    ['an end that is no time', { until: 'tomorrow' }],
  ])('enrolled with %s has no effect', (_, change) => {
    const log = newLog()
    log.statement('key', { ...enrolment(ann, ['decision']), ...change }, 'p_ann', [one, two, ann])
    expect(failures(judged(log))).toEqual([expect.stringMatching(/^keys: entry 2: /)])
  })
})

test('without the genesis nobody’s key counts, and nobody’s is blamed', () => {
  const ann = noteKey('p_ann')
  const log = newLog()
  log.statement('key', enrolment(ann, ['decision']), 'p_ann', [one, two, ann])
  const decision = log.statement('decision', DECISION, 'p_ann', [ann])
  log.checkpoint()
  const question = { at: null, kind: 'port', period: null, port: PORT, record: null, text: 'Who?' }
  const withAnswer = (answer: JsonObject) => packFiles({ log, leaves: [0, 1, 2, 3], question, answer })
  const other = trustText({ log }).replace(/^genesis .*$/m, `genesis ${Buffer.alloc(32).toString('base64')}`)
  const judgedBy = (answer: JsonObject) =>
    judge({ folder: { files: withAnswer(answer), refused: [] }, trust: Buffer.from(other), tiles: null })
  const report = judgedBy({ authority: [{ statements: [decision] }], interval: null })
  expect(failures(report)).toEqual(['genesis: entry 0 is not the one that the trust file names'])
  expect(unmade(report)).toEqual(['head', 'keys', 'statement 2', `statement ${decision}`, 'answer'])
  expect(saysOf(report, 'answer')).toContain('were not judged')
  expect(unmade(judgedBy({ holds: [], interval: null }))).toContain('holds')
})

test.each<[Json | undefined, string]>([
  [undefined, ''],
  ['a.example/old', ''],
  [{ log: 'a.example/old', root: 'x', size: 7 }, '; it follows 7 entries of a.example/old'],
  [{ log: 5, root: 'x', size: '7' }, '; it follows ? entries of ?'],
])('a genesis that names what was before it as %j says of it: %s', (previous, says) => {
  const log = new SmallLog()
  const own = { format: 1, log_key: log.logKeys[0]?.text ?? '', root_keys: [], software: 'x/1' }
  log.record('genesis', previous === undefined ? own : { ...own, previous })
  expect(saysOf(judged(log), 'genesis')).toBe(`entry 0 is the one that the trust file names${says}`)
})

test('an answer rests on no statement whose signature does not hold', () => {
  const ann = noteKey('p_ann')
  const log = newLog()
  log.statement('key', enrolment(ann, ['decision']), 'p_ann', [one, two, ann])
  const decision = log.statement('decision', DECISION, 'p_ann', [{ ...ann, over: () => Buffer.alloc(64, 1) }])
  log.checkpoint()
  const question = { at: null, kind: 'port', period: null, port: PORT, record: null, text: 'Who?' }
  const answer = { authority: [{ statements: [decision] }], interval: null }
  const files = packFiles({ log, leaves: [0, 1, 2, 3], question, answer })
  const report = judge({
    folder: { files, refused: [] },
    trust: Buffer.from(trustText({ log })),
    tiles: null,
  })
  expect(failures(report)).toEqual([
    `statement ${decision}: the Ed25519 signature does not verify`,
    `answer: the signatures of entry ${decision} do not hold`,
  ])
})

describe('root keys', () => {
  test('are replaced by enough of the old and of the new', () => {
    const next = [noteKey('root-8'), noteKey('root-9')].toSorted((a, b) => (a.text < b.text ? -1 : 1))
    const good = newLog()
    good.statement('key', rootsBody(next, 2), 'root-8', [one, three, ...next])
    expect(failures(judged(good))).toEqual([])
    for (const signers of [[one, ...next], [one, two, next[0] as NoteKey], next]) {
      const log = newLog()
      log.statement('key', rootsBody(next, 2), 'root-8', signers)
      expect(failures(judged(log))).toEqual([expect.stringMatching(/^keys: entry 2: /)])
    }
  })

  test('are shown as they are, and stand behind one genesis', () => {
    const next = noteKey('root-9')
    const log = newLog()
    log.statement('key', rootsBody([next], 1), 'root-9', [one, two, next])
    expect(saysOf(judged(log), 'keys')).toBe('1 of 1 root keys; 0 enrolled keys, 1 log keys')
    log.record('genesis', { format: 1, log_key: log.logKeys[0]?.text ?? '', root_keys: [], software: 'x/1' })
    log.checkpoints.length = 0
    expect(failures(judged(log))).toEqual(['keys: entry 3: a second genesis'])
  })

  test('no longer count when they were replaced', () => {
    const [next] = [noteKey('root-9')] as const
    const ann = noteKey('p_ann')
    const log = newLog()
    log.statement('key', rootsBody([next], 1), 'root-9', [one, two, next])
    log.statement('key', enrolment(ann, ['decision']), 'p_ann', [one, two, ann])
    expect(failures(judged(log))).toEqual([
      expect.stringMatching(/^keys: entry 3: 0 root keys signed, and 1 must/),
    ])
  })

  test('are those that the trust file names, at the entry that it names', () => {
    const log = newLog()
    const named = (threshold: number, keys: readonly NoteKey[], index = 1) => {
      log.checkpoints.length = 0
      return judged(
        log,
        trustText({ log, more: [`roots ${index} ${threshold} ${keys.map(({ text }) => text).join(' ')}`] }),
      )
    }
    expect(failures(named(2, roots))).toEqual([])
    expect(failures(named(1, roots))).toEqual(['keys: the root keys are not those of the trust file'])
    expect(failures(named(2, [one, two]))).toEqual(['keys: the root keys are not those of the trust file'])
    // Set later than this pack reaches.
    expect(failures(named(2, [one, two], log.size))).toEqual([])
    expect(failures(named(2, [one, two], 99))).toEqual([])
  })
})

describe('the key of the log', () => {
  test('is replaced through a checkpoint that both signed', () => {
    const { log, old, next } = rotated()
    log.checkpoint([], [old, next])
    log.statement('key', { act: 'log-end', key: old.text }, 'root-1', [one, two])
    log.logKeys.splice(0, 1, next)
    const trust = trustText({ log, logKeys: [old] })
    const report = judged(log, trust)
    expect(failures(report)).toEqual([])
    expect(saysOf(report, 'head')).toContain(next.keyId)
  })

  test('that nobody vouches for signs nothing, whatever the log says of it, and the report says who could', () => {
    const { log, old, next } = rotated()
    log.logKeys.splice(0, 1, next)
    const report = judged(log, trustText({ log, logKeys: [old] }))
    expect([report.exit, failures(report), unmade(report)]).toEqual([10, [], ['manifest', 'head']])
    expect(saysOf(report, 'head')).toMatch(
      new RegExp(`^log key ${next.keyId} signed it, which entry 2 names`),
    )
    const stranger = noteKey(ORIGIN)
    log.logKeys.splice(0, 1, stranger)
    log.checkpoints.length = 0
    const forged = judged(log, trustText({ log, logKeys: [old] }))
    expect([forged.exit, failures(forged)]).toEqual([
      20,
      ['manifest: no known key of the log signed it', 'head: no known key of the log signed it'],
    ])
  })

  test.each<[string, (of: ReturnType<typeof rotated>) => readonly Signer[], number, string[], string[]]>([
    ['both signed it', ({ old, next }) => [old, next], 0, [], []],
    ['only the new key signed it', ({ next }) => [next], 10, [], ['manifest', 'head', 'checkpoint 3']],
    [
      'the signature of the old key on it is forged',
      ({ old, next }) => [{ ...old, over: () => Buffer.alloc(64, 1) }, next],
      20,
      ['checkpoint 3'],
      ['manifest', 'head'],
    ],
  ])('is found by the checkpoint of the overlap alone, where %s', (_, signers, exit, failed, notMade) => {
    const of = rotated()
    const { log, old, next } = of
    log.checkpoint([], signers(of))
    log.statement('key', { act: 'log-end', key: old.text }, 'root-1', [one, two])
    log.logKeys.splice(0, 1, next)
    const report = judged(log, trustText({ log, logKeys: [old] }))
    expect([
      report.exit,
      report.checks.filter(({ state }) => state === 'failed').map(({ name }) => name),
      unmade(report),
    ]).toEqual([exit, failed, notMade])
  })

  test('that is no more is found by one that the reader knows, through the entry that names it', () => {
    const { log, old, next } = rotated()
    log.checkpoint([], [old])
    log.statement('key', { act: 'log-end', key: old.text }, 'root-1', [one, two])
    log.logKeys.splice(0, 1, next)
    const report = judged(log, trustText({ log, logKeys: [next] }))
    expect([report.exit, failures(report)]).toEqual([0, []])
    expect(saysOf(report, 'checkpoint 3')).toContain('consistent with the head')
  })

  test('is vouched for by root keys that the reader knows', () => {
    const { log, old, next } = rotated()
    log.logKeys.splice(0, 1, next)
    const known = judged(log, trustText({ log, logKeys: [old], more: rootsOf(roots) }))
    expect([known.exit, failures(known)]).toEqual([0, []])
    const others = rootsOf([one, two, noteKey('root-7')])
    const report = judged(log, trustText({ log, logKeys: [old], more: others }))
    expect(failures(report).map((fault) => fault.split(':')[0])).toEqual(['keys'])
    expect(unmade(report)).toEqual(['manifest', 'head'])
  })

  test('is not vouched for by a record, whoever the roots are later', () => {
    const log = newLog({ withRoots: false })
    const [old] = log.logKeys as [NoteKey]
    const next = noteKey(ORIGIN)
    log.record('key', { act: 'log', key: next.text, possession: possessionOf(next) })
    log.record('key', rootsBody(roots, 2, roots.map(possessionOf)))
    log.logKeys.splice(0, 1, next)
    const more = [`roots 2 2 ${roots.map(({ text }) => text).join(' ')}`]
    const report = judged(log, trustText({ log, logKeys: [old], more }))
    expect([report.exit, unmade(report)]).toEqual([10, ['manifest', 'head']])
  })

  test('is not vouched for by roots that were named behind it and did not sign', () => {
    const { log, old, next } = rotated()
    const later = noteKey('root-9')
    log.statement('key', rootsBody([later], 1), 'root-9', [one, two, later])
    log.logKeys.splice(0, 1, next)
    const report = judged(log, trustText({ log, logKeys: [old], more: [`roots 3 1 ${later.text}`] }))
    expect([report.exit, unmade(report)]).toEqual([10, ['manifest', 'head']])
  })

  test('is not vouched for by a checkpoint that ends before the entry that names it', () => {
    const log = newLog()
    const [old] = log.logKeys as [NoteKey]
    const next = noteKey(ORIGIN)
    log.checkpoint([], [old])
    log.statement('key', { act: 'log', key: next.text }, 'root-1', [one, two, next])
    log.logKeys.splice(0, 1, next)
    const report = judged(log, trustText({ log, logKeys: [old] }))
    expect([report.exit, unmade(report)]).toEqual([10, ['manifest', 'head']])
  })

  test.each<[string, (of: ReturnType<typeof rotated>) => void, RegExp]>([
    [
      'named twice',
      ({ log, next }) => log.statement('key', { act: 'log', key: next.text }, 'root-1', [one, two, next]),
      /log key .* was named before/,
    ],
    [
      'ended that is none',
      ({ log }) => log.statement('key', { act: 'log-end', key: noteKey(ORIGIN).text }, 'root-1', [one, two]),
      /ends a log key that is not in force/,
    ],
    [
      'of another name',
      ({ log }) => {
        const other = noteKey('another.example/log')
        return log.statement('key', { act: 'log', key: other.text }, 'root-1', [one, two, other])
      },
      /a log key is an Ed25519 key with the name of the log/,
    ],
  ])('is not %s', (_, happen, reason) => {
    const of = rotated()
    happen(of)
    expect(failures(judged(of.log))).toEqual([expect.stringMatching(reason)])
  })

  test('signs no checkpoint behind its end', () => {
    const { log, old, next } = rotated()
    log.checkpoint([], [old, next])
    log.statement('key', { act: 'log-end', key: old.text }, 'root-1', [one, two])
    log.record('coverage', {})
    expect(failures(judged(log))).toEqual(['head: the log key that signed it was not in force'])
  })

  test('cannot be ended without another', () => {
    const log = newLog()
    log.statement('key', { act: 'log-end', key: log.logKeys[0]?.text ?? '' }, 'root-1', [one, two])
    expect(failures(judged(log))).toEqual([expect.stringContaining('ends the last log key')])
  })
})

/** A key takes long to make, and is the same in every run. */
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

function weak(raw: Buffer): NoteKey {
  const key = noteKey('p_ann')
  return { ...key, ...namedKey('p_ann', Buffer.concat([Buffer.of(1), raw]), key.secret) }
}

/** A log whose roots named a second key of it. */
function rotated(): { log: SmallLog; old: NoteKey; next: NoteKey } {
  const log = newLog()
  const [old] = log.logKeys as [NoteKey]
  const next = noteKey(ORIGIN)
  log.statement('key', { act: 'log', key: next.text }, 'root-1', [one, two, next])
  return { log, old, next }
}

function rootsOf(keys: readonly NoteKey[]): string[] {
  return [`roots 1 2 ${keys.map(({ text }) => text).join(' ')}`]
}
