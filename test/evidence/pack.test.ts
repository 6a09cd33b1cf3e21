import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { judge, type Report } from '../../verifier/src/judge.ts'
import { readFolder } from '../../verifier/src/read-folder.ts'
import { toBase64 } from '../../src/lib/base64.ts'
import { canonicalJson } from '../../src/lib/canonical-json.ts'
import type { Json, JsonObject } from '../../src/model/entry.ts'
import {
  at,
  noteKey,
  ORIGIN,
  packFiles,
  PORT,
  sealPack,
  signedNote,
  SmallLog,
  trustText,
  writePack,
  type PackFiles,
} from '../support/evidence-pack.ts'
import { cite, tellStory } from '../support/evidence-story.ts'

const story = tellStory()
const isMutant = process.env['PORTREEVE_MUTANT'] !== undefined
/** Every byte, but where a mutant of the verifier is sought. */
const EACH = isMutant ? 401 : 1
/** Every byte in `npm run soak`. */
const STEP = isMutant ? 149 : process.env['PORTREEVE_SOAK'] === undefined ? 37 : 1

describe('a pack', () => {
  test('is valid with its trust file, and says what it rests on', () => {
    const valid = judged(story.files)
    expect(failures(valid)).toEqual([])
    expect(valid.exit).toBe(0)
    expect(notMade(valid)).toEqual(['replay', 'later'])
    expect(valid.checks.filter(({ name }) => name === 'manifest')).toHaveLength(1)
    expect(saysOf(valid, 'trust')).toBe(`${ORIGIN}, 1 log key`)
    expect(saysOf(valid, 'witnesses')).toBe(
      `witness.example/one at ${at(30)}, witness.example/two at ${at(31)}`,
    )
    // What is not asked is no check.
    expect(valid.checks.map(({ name }) => name)).not.toContain('holds')
    expect(saysOf(valid, 'genesis')).toBe('entry 0 is the one that the trust file names')
    expect(valid.about.join('\n')).toContain('not before 2026-11-26T09:00:11.000Z (witness.example/two)')
  })

  test('is consistent and no more without one', () => {
    const report = judged(story.files, null)
    expect(failures(report)).toEqual([])
    expect(report.exit).toBe(10)
    expect(saysOf(report, 'trust')).toContain('taken from the pack itself')
    expect(saysOf(report, 'genesis')).toBe('entry 0, on the word of the pack')
    expect(notMade(report)).toContain('witnesses')
  })

  test('is not judged by the trust file of another log', () => {
    const key = noteKey('another.example/log')
    const lines = [
      `origin ${key.name}`,
      `genesis ${toBase64(Buffer.alloc(32))}`,
      `log ${key.text}`,
      'quorum none',
      '',
    ]
    const report = judged(story.files, ['portreeve.dev/trust/v1', ...lines].join('\n'))
    expect([report.exit, notMade(report)[0]]).toEqual([10, 'trust'])
  })

  test('that was rewritten as a whole under another key fails against the trust file', () => {
    const forged = judged(tellStory().files)
    expect(forged.exit).toBe(20)
    expect(failures(forged)).toEqual(expect.arrayContaining(['head', 'manifest', 'genesis']))
  })

  test('without enough cosignatures lacks something, and says what', () => {
    const lonely = trustText({
      log: story.log,
      witnesses: [...story.witnesses, noteKey('witness.example/three', 4)],
    })
    const report = judged(story.files, lonely)
    expect([report.exit, notMade(report)]).toEqual([10, ['witnesses', 'replay', 'later']])
  })

  test('says so where no external witness is required', () => {
    const report = judged(story.files, trustText({ log: story.log }))
    expect(report.exit).toBe(0)
    expect(saysOf(report, 'witnesses')).toContain('requires no external witness')
  })

  test('of other root keys than the trust file names is invalid', () => {
    const roots = `roots 1 1 ${noteKey('root-9').text}`
    expect(failures(judged(story.files, trustText({ log: story.log, more: [roots] })))).toEqual(['keys'])
  })

  test('whose head is not the one that the reader knows of that size is a fork, with both heads', () => {
    const known = `head 7 ${toBase64(Buffer.alloc(32, 1))}`
    const report = judged(
      story.files,
      trustText({ log: story.log, witnesses: story.witnesses, more: [known] }),
    )
    expect(report.exit).toBe(30)
    expect(report.fork.map(({ source, size }) => [source, size])).toEqual([
      ['the pack', 7],
      ['the trust file', 7],
    ])
  })
})

describe('a flipped bit', () => {
  test('of any byte of any file is found, and exactly the check of that file fails', () => {
    const { files, trust } = tinyPack()
    for (const [path, bytes] of files)
      for (let i = 0; i < bytes.length; i += EACH) {
        const report = judged(new Map([...files, [path, flipped(bytes, i)]]), trust)
        const check = path.startsWith('manifest.') ? 'manifest' : `file ${path}`
        expect([path, i, failures(report)]).toEqual([path, i, [check]])
        expect(report.exit).toBe(20)
      }
  })

  // Whoever holds the log's key can list other bytes; what is evidence says so itself.
  test.each([
    ['leaves', /^(?:leaf|statement|opened|genesis|keys|answer)/],
    ['proofs', /^leaf/],
    ['consistency', /^checkpoint/],
    ['opened.json', /^opened/],
  ])('within %s is found although the manifest was written anew', (folder, check) => {
    for (const [path, bytes] of story.files) {
      if (!path.startsWith(folder)) continue
      for (let i = 0; i < bytes.length; i += STEP) {
        const report = judged(resealed({ [path]: flipped(bytes, i) }))
        expect([path, i, failures(report)]).not.toEqual([path, i, []])
        expect(failures(report)[0]).toMatch(check)
      }
    }
  })

  test('within a checkpoint takes its place in the history, or the witness that it was', () => {
    const valid = judged(story.files)
    for (const [path, bytes] of story.files) {
      if (!path.startsWith('checkpoints/')) continue
      for (let i = 0; i < bytes.length; i += STEP) {
        const report = judged(resealed({ [path]: flipped(bytes, i) }))
        expect([path, i, passed(report)]).not.toEqual([path, i, passed(valid)])
      }
    }
  })
})

test('a head that is not the one of the manifest, or of another log, or not the largest, is none', () => {
  const { size, root } = head()
  const zeros = toBase64(Buffer.alloc(32))
  expect(headSays(sealPack(story.files, { size, root: zeros }, story.log.logKeys))).toBe(
    'the head is not the one that the manifest names',
  )
  const other = noteKey('another.example/log')
  const elsewhere = signedNote(`${other.name}\n${size}\n${root}\n`, [other])
  expect(headSays(resealed({ [`checkpoints/${size}.checkpoint`]: Buffer.from(elsewhere) }))).toBe(
    'the head is of another log',
  )
  const older = { size: 6, root: toBase64(story.log.root(6)) }
  expect(headSays(sealPack(story.files, older, story.log.logKeys))).toBe(
    'a checkpoint of the pack is larger than its head',
  )
})

test('a checkpoint is the one that its name says, and its proof too', () => {
  const seventh = story.files.get('checkpoints/7.checkpoint') ?? Buffer.alloc(0)
  expect(saysOf(judged(resealed({ 'checkpoints/6.checkpoint': seventh })), 'checkpoint 6')).toBe(
    'it is not the checkpoint that its name says',
  )
  const proof = story.files.get('consistency/6.proof')?.toString().replace('old 6', 'old 5') ?? ''
  expect(saysOf(judged(resealed({ 'consistency/6.proof': Buffer.from(proof) })), 'checkpoint 6')).toBe(
    'the consistency proof is of another checkpoint',
  )
  const [first = '', hash = '', ...rest] =
    story.files.get('consistency/6.proof')?.toString().split('\n') ?? []
  expect(hash).toHaveLength(44)
  const forged = [first, toBase64(Buffer.alloc(32)), ...rest].join('\n')
  expect(saysOf(judged(resealed({ 'consistency/6.proof': Buffer.from(forged) })), 'checkpoint 6')).toBe(
    'it is not consistent with the head',
  )
})

test('a proof of another entry proves nothing of this one', () => {
  const proof = story.files.get('proofs/3.tlog-proof')?.toString().replace('index 3', 'index 4') ?? ''
  const report = judged(resealed({ 'proofs/3.tlog-proof': Buffer.from(proof) }))
  expect(saysOf(report, 'leaf 3')).toBe('the proof is of another entry')
})

describe('disclosed values', () => {
  const log = new SmallLog()
  const log_key = log.logKeys[0]?.text ?? ''
  log.record('genesis', { format: 1, log_key, root_keys: [], software: 'portreeve/0.1.0' })
  for (const place of ['db-1', 'db-2'])
    log.record('coverage', { place, who: 'jane', whose: 'jane' }, ['/who', '/whose'])
  log.checkpoint()
  const question = { at: null, kind: 'port', period: null, port: PORT, record: null, text: 'Who?' }
  const of = (leaf: number, n: number) => {
    const { pointer: p = '', salt = Buffer.alloc(0), value = '' } = log.sealed[leaf]?.[n] ?? {}
    return { leaf, p, salt: toBase64(salt), value }
  }
  const judgedWith = (values: readonly JsonObject[]) => {
    const more = { 'opened.json': jsonFile({ values: [...values] }) }
    const files = packFiles({ log, leaves: [0, 1, 2], question, answer: { interval: null }, more })
    return judged(files, trustText({ log }))
  }

  test('stand in the order of their entries and pointers', () => {
    const report = judgedWith([of(1, 0), of(1, 1), of(2, 0)])
    expect([report.exit, failures(report)]).toEqual([0, []])
    expect(saysOf(report, 'opened 1')).toBe('2 values disclosed, 0 withheld')
    expect(saysOf(report, 'opened 2')).toBe('1 values disclosed, 1 withheld')
  })

  test.each([
    ['out of the order of their entries', [of(2, 0), of(1, 1)]],
    ['out of the order of their pointers', [of(1, 1), of(1, 0)]],
    ['twice', [of(1, 0), of(1, 0)]],
  ])('do not stand %s', (_, values) => {
    const report = judgedWith(values)
    expect([failures(report), saysOf(report, 'opened')]).toEqual([['opened'], 'the values are not in order'])
  })

  test.each([
    ['with another salt', { salt: toBase64(Buffer.alloc(32, 9)) }, /not the one that was committed to/],
    ['with a salt of another length', { salt: toBase64(Buffer.alloc(31, 9)) }, /a salt has 32 bytes/],
    ['at another place', { p: '/why' }, /commits to nothing at \/why/],
    ['of another text', { value: '"joan"' }, /not the one that was committed to/],
  ])('are none %s', (_, change, reason) => {
    const report = judgedWith([{ ...of(1, 0), ...change }])
    expect(failures(report)[0]).toMatch(/^opened/)
    expect(report.checks.find(({ state }) => state === 'failed')?.says).toMatch(reason)
  })
})

describe('an answer', () => {
  const answer = JSON.parse(story.files.get('answer.json')?.toString() ?? '') as JsonObject
  const { not_after: end, not_before: beginning } = (answer['interval'] as { proven: JsonObject }).proven

  test.each<[string, string, Json | undefined, string]>([
    ['names a statement of a list that is none', 'authority', {}, 'answer'],
    ['names statements that are no list', 'authority.0.statements', 5, 'answer'],
    [
      'takes a later anchor for a beginning',
      'interval.proven.not_before',
      { at: at(11), by: 'anchor 6', size: 5 },
      'interval',
    ],
    [
      'takes an older timestamp for a beginning',
      'interval.proven.not_before',
      { at: at(11), by: 'timestamp 5.1', size: 5 },
      'interval',
    ],
    [
      'takes an anchor for an end',
      'interval.proven.not_after',
      { at: at(20), by: 'anchor 7', size: 7 },
      'interval',
    ],
    ['cites what an entry does not say', 'owner.value', 'mysql', 'answer'],
    ['names a statement that nobody signed', 'authority.0.statements', [3], 'answer'],
    ['is of another port', 'interval.port', PORT.replace('5432', '5433'), 'interval'],
    ['claims a narrower interval', 'interval.width.claimed', 1, 'interval'],
    ['hides that it was seen closed', 'interval.claimed.not_before', null, 'interval'],
    ['rests on a decision that is none', 'interval.authorised', cite(4, '/t', 'coverage'), 'interval'],
    ['says another time than the witness', 'interval.proven.not_after.at', at(19), 'interval'],
    ['proves an end before the entry', 'interval.proven.not_after', beginning, 'interval'],
    ['proves a beginning behind the entry', 'interval.proven.not_before', end, 'interval'],
    [
      'takes a timestamp for a beginning',
      'interval.proven.not_before',
      { at: at(11), by: 'timestamp 6.1', size: 6 },
      'interval',
    ],
  ])('that %s is not believed', (_, path, value, check) => {
    expect(
      failures(judged(resealed({ 'answer.json': jsonFile(changed(answer, path, value ?? null)) }))),
    ).toContain(check)
  })

  test('that is no object, or cites nothing, is refused for that', () => {
    expect(saysOf(judged(resealed({ 'answer.json': Buffer.from('[]\n') })), 'answer')).toBe(
      'the answer is not an object',
    )
    for (const [path, value, says] of [
      ['authority', {}, 'the authority is not a list'],
      ['authority.0.statements', 5, 'an authority does not list its statements'],
    ] as const)
      expect(
        saysOf(judged(resealed({ 'answer.json': jsonFile(changed(answer, path, value)) })), 'answer'),
      ).toBe(says)
    const nothing = changed(changed(answer, 'owner.pointer', '/body/nothing'), 'owner.value', null)
    expect(saysOf(judged(resealed({ 'answer.json': jsonFile(nothing) })), 'answer')).toMatch(
      /has nothing at \/body\/nothing/,
    )
  })

  test('that hides with all its widths that the port was seen closed is refused', () => {
    const interval = changed(answer, 'interval.claimed.not_before', null)
    const whole = changed(interval, 'interval.width.claimed', null)
    expect(saysOf(judged(resealed({ 'answer.json': jsonFile(whole) })), 'interval')).toBe(
      'the sighting knows a beginning',
    )
  })

  test('that takes an earlier anchor for a beginning holds, and the time is another check', () => {
    const early = changed(answer, 'interval.proven.not_before', { at: at(11), by: 'anchor 5', size: 5 })
    const report = judged(resealed({ 'answer.json': jsonFile(early) }))
    expect([report.exit, failures(report)]).toEqual([0, []])
    expect(notMade(report)).toContain('time "anchor 5" at 5')
  })

  test('names a statement that is not there, and cannot be checked', () => {
    const report = judged(
      resealed({ 'answer.json': jsonFile(changed(answer, 'authority.0.statements', [99])) }),
    )
    expect([report.exit, notMade(report)[0]]).toEqual([10, 'answer'])
  })

  test('on a port that was open when it was first looked at has no beginning', () => {
    const { log, files, trust } = firstLook()
    const report = judged(files, trust)
    expect([report.exit, failures(report)]).toEqual([0, []])
    expect(saysOf(report, 'interval')).toContain('unknown (open when first looked at)')
    // The earliest of the times behind the entry, whatever the order of the checkpoints, and none of before it.
    expect(report.about.at(-1)).toContain(`not before ${at(9)} (witness.example/one), not after ${at(20)} (`)
    expect(log.size).toBe(4)
  })

  test.each<[string, Json, string]>([
    ['claimed.clock', 'yes', 'not an object of leaf pointer value'],
    ['claimed.not_after', cite(6, '/at', at(6)), 'the end is not cited from the sighting'],
    [
      'claimed.not_before',
      cite(6, '/body/changes/0/not_after', at(6)),
      'the beginning is cited from elsewhere',
    ],
    [
      'proven.not_after',
      { at: at(20), by: 'cosignature witness.example/one', size: 6 },
      'the proven end is of a checkpoint without the entry',
    ],
    ['authorised', cite(5, '/body/decides', 'approve'), 'entry 5 authorises nothing'],
  ])('whose %s is %j is refused for that', (path, value, says) => {
    const files = resealed({ 'answer.json': jsonFile(changed(answer, `interval.${path}`, value)) })
    expect(saysOf(judged(files), 'interval')).toBe(says)
  })

  test.each<[string, JsonObject, Look, string]>([
    ['in an entry that is no sighting', {}, { type: 'coverage' }, 'entry 1 is no sighting'],
    ['of another port', { port: 5433 }, {}, 'entry 1 speaks of another port'],
    ['of a closed port', { state: 'closed' }, {}, 'entry 1 does not say that the port was open'],
    ['of a port without a number', { port: '5432' }, {}, 'entry 1 does not name a port'],
    ['at no place', {}, { place: {} }, 'entry 1 does not name a port'],
    ['in a namespace that is no text', { net: 1 }, {}, 'a change whose net is no text'],
    ['at no time', { not_after: 'yesterday' }, {}, 'an end of the interval is not a time'],
    ['at a number', { not_after: 5 }, {}, 'an end of the interval is not a time'],
    ['cited from another sighting', {}, { cited: 3 }, 'the end is not cited from the sighting'],
  ])('on an opening %s is refused for that', (_, change, look, says) => {
    const { files, trust } = firstLook(change, look)
    expect(saysOf(judged(files, trust), 'interval')).toBe(says)
  })

  test('that cites an entry which is not there cannot be checked', () => {
    const report = judged(resealed({ 'answer.json': jsonFile(changed(answer, 'owner.leaf', 99)) }))
    expect([report.exit, notMade(report)[0]]).toEqual([10, 'answer'])
  })
})

describe('a hostile folder', () => {
  test('is read as it was written, with whatever the custodian put beside it', () => {
    const report = written(story.files, (folder) => {
      mkdirSync(join(folder, 'custodian'))
      writeFileSync(join(folder, 'custodian', 'certification.pdf'), 'signed')
    })
    expect(report.exit).toBe(0)
  })

  test.each([
    '../escape',
    '/etc/passwd',
    'leaves/../../escape',
    'leaves//0.leaf',
    'leaves/..',
    'a\u0000b',
    '.hidden',
    'LEAVES/0.leaf',
  ])('whose manifest lists %j is refused', (path) => {
    const report = judged(
      sealPack(new Map([...story.files, [path, Buffer.from('x')]]), head(), story.log.logKeys),
    )
    expect(failures(report)).toEqual(['manifest'])
  })

  test('with a link in it is refused, and the link not followed', () => {
    const report = written(story.files, (folder) => symlinkSync('/etc/passwd', join(folder, 'attachments')))
    expect(failures(report)).toEqual(['pack'])
    const replaced = written(new Map([...story.files].filter(([path]) => path !== 'answer.txt')), (folder) =>
      symlinkSync('/etc/hostname', join(folder, 'answer.txt')),
    )
    expect(failures(replaced)).toEqual(['pack', 'file answer.txt'])
  })

  test('with a file that nobody listed, or one too few, is refused', () => {
    expect(failures(written(story.files, (folder) => writeFileSync(join(folder, 'notes.txt'), 'x')))).toEqual(
      ['pack'],
    )
    const less = new Map([...story.files].filter(([path]) => path !== 'VERIFY.md'))
    expect(failures(written(less))).toEqual(['file VERIFY.md'])
  })

  test('with a proof of 10 MB is refused before it is read', () => {
    const large = Buffer.from(`c2sp.org/tlog-proof@v1\nindex 0\n${`${'A'.repeat(43)}=\n`.repeat(222_222)}\n`)
    const began = performance.now()
    expect(failures(written(resealed({ 'proofs/3.tlog-proof': large })))).toEqual(['manifest'])
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('with a manifest of any length, or of any depth, is refused', () => {
    expect(
      written(new Map([...story.files, ['manifest.json', Buffer.alloc(5 * 1024 * 1024, '[')]])).exit,
    ).toBe(10)
    const deep = Buffer.from(`{"at":${'['.repeat(1_000_000)}`)
    expect(failures(judged(new Map([...story.files, ['manifest.json', deep]])))).toEqual(['manifest'])
    const deepAnswer = Buffer.from(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}\n`)
    expect(failures(judged(resealed({ 'answer.json': deepAnswer })))).toEqual(['answer'])
  })

  test('without a manifest, or that is none, says what is missing', () => {
    const report = judged(new Map())
    expect([report.exit, notMade(report)]).toEqual([10, ['manifest']])
  })
})

/** Written to a disk and read from there. */
function written(files: PackFiles, more: (folder: string) => void = () => undefined): Report {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writePack(folder, files)
  more(folder)
  return judge({ folder: readFolder(folder), trust: Buffer.from(story.trust), tiles: null })
}

interface Look {
  readonly type?: 'sighting' | 'coverage'
  readonly place?: JsonObject
  /** The entry from which the end is cited. */
  readonly cited?: number
}

/** A port that no pass ever saw closed, and witnesses whose clocks do not agree. */
function firstLook(
  change: JsonObject = {},
  { type = 'sighting', place = { id: 'db-1' }, cited = 1 }: Look = {},
): { readonly log: SmallLog; readonly files: PackFiles; readonly trust: string } {
  const log = new SmallLog()
  const witnesses = [noteKey('witness.example/one', 4), noteKey('witness.example/two', 4)] as const
  const [one, two] = witnesses
  const log_key = log.logKeys[0]?.text ?? ''
  log.record('genesis', { format: 1, log_key, root_keys: [], software: 'portreeve/0.1.0' })
  log.checkpoint([
    [one, 9],
    [two, 8],
  ])
  const seen: JsonObject = {
    address: '10.0.3.7',
    net: 'net:1',
    not_after: at(6),
    port: 5432,
    state: 'open',
    transport: 'tcp',
    ...change,
  }
  const sighting = log.record(type, { changes: [seen], place })
  log.checkpoint([
    [one, 30],
    [two, 25],
  ])
  log.record('coverage', { place: 'db-1' })
  log.record('sighting', { changes: [seen], place })
  log.checkpoint([
    [one, 22],
    [two, 20],
  ])
  const question = { at: null, kind: 'port', period: null, port: PORT, record: null, text: 'When?' }
  const interval = {
    authorised: null,
    claimed: {
      clock: null,
      not_after: cite(cited, '/body/changes/0/not_after', seen['not_after'] ?? null),
      not_before: null,
    },
    logged: sighting,
    port: PORT,
    proven: { not_after: null, not_before: null },
    width: { claimed: null, proven: null },
  }
  const files = packFiles({ log, leaves: [0, 1, 2, 3], question, answer: { interval } })
  return { log, files, trust: trustText({ log, witnesses: [...witnesses] }) }
}

/** A log of two entries, and the smallest pack over it. */
function tinyPack(): { readonly files: PackFiles; readonly trust: string } {
  const log = new SmallLog()
  log.record('genesis', {
    format: 1,
    log_key: log.logKeys[0]?.text ?? '',
    root_keys: [],
    software: 'portreeve/0.1.0',
  })
  log.record('coverage', { place: 'db-1' })
  log.checkpoint()
  log.record('coverage', { place: 'db-2' })
  log.checkpoint()
  const question = { at: null, kind: 'port', period: null, port: PORT, record: null, text: 'When?' }
  const files = packFiles({ log, leaves: [0, 1], question, answer: { interval: null } })
  return { files, trust: trustText({ log }) }
}

function judged(files: PackFiles, trust: string | null = story.trust): Report {
  return judge({
    folder: { files, refused: [] },
    trust: trust === null ? null : Buffer.from(trust),
    tiles: null,
  })
}

/** The story's pack with other files, listed by the log itself. */
function resealed(changes: Readonly<Record<string, Buffer>>): PackFiles {
  return sealPack(new Map([...story.files, ...Object.entries(changes)]), head(), story.log.logKeys)
}

function headSays(files: PackFiles): string {
  return saysOf(judged(files), 'head')
}

function head(): { size: number; root: string } {
  return { size: story.log.size, root: toBase64(story.log.root(story.log.size)) }
}

function changed(value: Json, path: string, put: Json): Json {
  const copy = structuredClone(value) as Record<string, unknown>
  const tokens = path.split('.')
  const parent = tokens
    .slice(0, -1)
    .reduce<unknown>((at, token) => (at as Record<string, unknown>)[token], copy)
  ;(parent as Record<string, unknown>)[tokens.at(-1) ?? ''] = put
  return copy as Json
}

function jsonFile(value: Json): Buffer {
  return Buffer.from(`${canonicalJson(value)}\n`)
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] as number) ^ (1 << (at % 8))
  return copy
}

function failures({ checks }: Report): string[] {
  return checks.filter(({ state }) => state === 'failed').map(({ name }) => name)
}

function passed({ checks }: Report): string[] {
  return checks
    .filter(({ state, name }) => state === 'passed' && !name.startsWith('file'))
    .map(({ name, says }) => `${name}: ${says}`)
}

function notMade({ checks }: Report): string[] {
  return checks.filter(({ state }) => state === 'not made').map(({ name }) => name)
}

function saysOf({ checks }: Report, name: string): string {
  return checks.find((check) => check.name === name)?.says ?? ''
}
