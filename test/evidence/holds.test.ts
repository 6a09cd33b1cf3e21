import { hash, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Json, JsonObject } from '../../src/model/entry.ts'
import { judge, type Report } from '../../verifier/src/judge.ts'
import { tilesIn } from '../../verifier/src/read-folder.ts'
import { workplace } from '../support/cli.ts'
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
import { cite, enrolment, possessionOf } from '../support/evidence-story.ts'
import { SS_TEXT } from '../support/scans.ts'
import { sshKeys } from '../support/ssh-files.ts'

/** Whether a hold stands, by the words of different people: docs/formats/ledger-hold-v1.md. */

const [ann, bob, robot] = ['p_ann', 'p_bob', 'robot'].map((name) => noteKey(name)) as [
  NoteKey,
  NoteKey,
  NoteKey,
]
const annAgain = noteKey('p_ann')

class HoldLog {
  readonly log = new SmallLog()
  placed = 0

  constructor() {
    const genesis = { format: 1, log_key: this.log.logKeys[0]?.text ?? '', root_keys: [], software: 'x/1' }
    this.log.record('genesis', genesis)
  }

  enrol(...keys: readonly NoteKey[]): this {
    for (const key of keys) {
      const kind = key === robot ? 'machine' : 'person'
      this.log.record('key', { ...enrolment(key, ['hold']), kind, possession: possessionOf(key) })
    }
    return this
  }

  place(): this {
    const body = { act: 'place', by: 'p_zoe', hold: 'claim', reason: 'r', scope: {} }
    this.placed = this.log.record('hold', body)
    return this
  }

  signed(by: string, signer: Signer, body: JsonObject = {}): number {
    const release = { act: 'release', entry: this.placed, hold: 'claim', reason: 'r', ...body }
    return this.log.statement('hold', release, by, [signer])
  }

  bare(by: string): number {
    return this.log.record('hold', { act: 'release', by, hold: 'claim', reason: 'r', word: 'operator' })
  }

  judged(
    releases: readonly number[],
    stands: boolean,
    leftOut: readonly number[] = [],
    told: Json = [{ hold: cite(this.placed, '/body/hold', 'claim'), releases: [...releases], stands }],
  ): Report {
    this.log.checkpoint()
    const folder = mkdtempSync(join(tmpdir(), 'portreeve-test-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    this.log.publish(folder)
    const question = { at: null, kind: 'port', period: null, port: PORT, record: null, text: 'Who?' }
    const leaves = Array.from({ length: this.log.size }, (_, i) => i).filter((i) => !leftOut.includes(i))
    const files = packFiles({ log: this.log, leaves, question, answer: { holds: told, interval: null } })
    const trust = Buffer.from(trustText({ log: this.log }))
    return judge({ folder: { files, refused: [] }, trust, tiles: tilesIn(folder) })
  }
}

describe('a verifier', () => {
  test('finds a hold standing, and released by two people who signed', () => {
    const one = new HoldLog().enrol(ann, bob).place()
    const first = one.signed('p_ann', ann)
    expect(holdsOf(one.judged([first], true))).toEqual(['passed', 'claim stands'])
    const second = one.signed('p_bob', bob)
    const report = one.judged([first, second], false)
    expect([report.exit, ...holdsOf(report)]).toEqual([0, 'passed', 'claim was released'])
  })

  test('takes bare words from before anybody’s key was enrolled for holds, and no later ones', () => {
    const one = new HoldLog().place()
    const words = [one.bare('p_ann'), one.bare('p_bob')]
    one.enrol(ann)
    expect(holdsOf(one.judged(words, false))[0]).toBe('passed')
    const two = new HoldLog().enrol(robot).place()
    const first = two.bare('p_carl')
    two.enrol(ann)
    const second = two.bare('p_bob')
    expect(holdsOf(two.judged([first, second], false))).toEqual([
      'failed',
      expect.stringMatching(/is a bare word, and keys of people were enrolled/),
    ])
    const third = two.signed('p_ann', ann)
    expect(holdsOf(two.judged([first, third], false))[1]).toMatch(/is signed, and an earlier word .* is not/)
  })

  const bare = noteKey('p_other')
  // One key as its holder has it, and under another name.
  const renamed = { ...namedKey('p_other', ann.material, ann.secret) }
  test.each<[string, (log: HoldLog) => readonly number[], RegExp]>([
    [
      'one person with two keys',
      (log) => [log.signed('p_ann', ann), log.signed('p_ann', annAgain)],
      /had said so already/,
    ],
    ['one word alone', (log) => [log.signed('p_ann', ann)], /1 people said/],
    [
      'a machine',
      (log) => [log.signed('p_ann', ann), log.signed('robot', robot)],
      /not signed by a person's key/,
    ],
    [
      'a key that nobody enrolled',
      (log) => [log.signed('p_ann', ann), log.signed('p_other', bare)],
      /no enrolled key/,
    ],
    [
      'a key under another name',
      (log) => [log.signed('p_ann', ann), log.signed('p_other', renamed)],
      /no enrolled key/,
    ],
    [
      'a word on another hold',
      (log) => [log.signed('p_ann', ann), log.signed('p_bob', bob, { hold: 'other' })],
      /does not say that claim may end/,
    ],
    [
      'a word on an earlier hold',
      (log) => [log.signed('p_ann', ann), log.signed('p_bob', bob, { entry: 1 })],
      /does not say that claim may end/,
    ],
    [
      'a hold of the same name for a word',
      (log) => {
        const again = { act: 'place', by: 'p_bob', hold: 'claim', reason: 'r', scope: {} }
        return [log.signed('p_ann', ann), log.log.record('hold', again)]
      },
      /does not say that claim may end/,
    ],
    ['a word before the hold', (log) => [1, log.signed('p_bob', bob)], /not in their order/],
  ])('does not take %s for two people', (_, words, reason) => {
    const log = new HoldLog().enrol(ann, bob, annAgain, robot).place()
    expect(holdsOf(log.judged(words(log), false))).toEqual(['failed', expect.stringMatching(reason)])
  })

  test.each<[string, (log: HoldLog, first: number) => Json, RegExp]>([
    ['no list', () => ({}), /the holds are not a list/],
    ['with something that is no hold', () => [1], /a hold has other members/],
    [
      'that does not say whether it stands',
      ({ placed }) => [{ hold: cite(placed, '/body/hold', 'claim'), releases: [] }],
      /a hold has other members/,
    ],
    ['that cites nothing', () => [{ hold: 1, releases: [], stands: true }], /a hold is malformed/],
    [
      'whose releases are no list',
      ({ placed }) => [{ hold: cite(placed, '/body/hold', 'claim'), releases: 'x', stands: true }],
      /a hold is malformed/,
    ],
    [
      'that stands perhaps',
      ({ placed }) => [{ hold: cite(placed, '/body/hold', 'claim'), releases: [], stands: 'yes' }],
      /a hold is malformed/,
    ],
    [
      'named by its reason',
      ({ placed }) => [{ hold: cite(placed, '/body/reason', 'r'), releases: [], stands: true }],
      /does not cite its name/,
    ],
    [
      'placed by a word that ends one',
      (_, first) => [{ hold: cite(first, '/body/hold', 'claim'), releases: [], stands: true }],
      /places no hold/,
    ],
    [
      'with one word counted twice',
      ({ placed }, first) => [
        { hold: cite(placed, '/body/hold', 'claim'), releases: [first, first], stands: false },
      ],
      /not in their order/,
    ],
  ])('does not take a told hold %s', (_, told, reason) => {
    const log = new HoldLog().enrol(ann, bob).place()
    const first = log.signed('p_ann', ann)
    expect(failedOf(log.judged([], true, [], told(log, first)))).toMatch(reason)
  })

  test('finds a freeze standing, and says what is not there', () => {
    const log = new HoldLog().enrol(ann, bob)
    const state = { ports: [], sha256: '', size: 1 }
    log.placed = log.log.record('freeze', { by: 'p_zoe', hold: 'claim', reason: 'r', scope: {}, state })
    expect(holdsOf(log.judged([], true))).toEqual(['passed', 'claim stands'])
    const first = log.signed('p_ann', ann)
    expect(holdsOf(log.judged([first], true, [first]))[0]).toBe('not made')
  })

  test('does not take a bare word that does not say whose it is', () => {
    const log = new HoldLog().place()
    const nobody = log.log.record('hold', { act: 'release', hold: 'claim', reason: 'r', word: 'operator' })
    expect(holdsOf(log.judged([nobody], true))).toEqual(['failed', expect.stringMatching(/whose word it is/)])
  })

  test('does not take one key for two people, as it is and as an SSH key', () => {
    const twin = asSshKey('p_bob', ann)
    const log = new HoldLog().enrol(ann)
    log.log.record('key', {
      ...enrolment(twin, ['hold']),
      possession: twin.over(`portreeve.dev/possession/v1\n${ORIGIN}\n${twin.text}\n`).toString('base64'),
    })
    log.place()
    const words = [log.signed('p_ann', ann), log.signed('p_bob', twin)]
    expect(holdsOf(log.judged(words, false))).toEqual([
      'failed',
      expect.stringMatching(/had said so already/),
    ])
    expect(holdsOf(log.judged(words.slice(1), true))[0]).toBe('passed')
  })

  test('does not take a signature of a key that turned out to be stolen', () => {
    const log = new HoldLog().enrol(ann, bob).place()
    const words = [log.signed('p_ann', ann), log.signed('p_bob', bob)]
    log.log.record('key', { act: 'compromise', key: bob.text, reason: 'lost', since_index: log.placed })
    expect(holdsOf(log.judged(words, false))[0]).toBe('failed')
    expect(holdsOf(log.judged(words.slice(0, 1), true))[0]).toBe('passed')
  })

  test('finds by replay a word that the pack leaves out', () => {
    const log = new HoldLog().enrol(ann, bob).place()
    const [first, second] = [log.signed('p_ann', ann), log.signed('p_bob', bob)]
    const report = log.judged([first], true, [second])
    expect(holdsOf(report)[0]).toBe('passed')
    expect(report.checks.find(({ name }) => name === 'replay')?.says).toBe(
      `the pack leaves out entry ${second}, a word on the hold claim`,
    )
    expect(report.exit).toBe(20)
  })
})

/** The check `holds`, or the one that refused the answer before. */
function failedOf({ checks }: Report): string {
  return (
    checks.find(({ name, state }) => state === 'failed' && ['holds', 'answer'].includes(name))?.says ?? ''
  )
}

/** The same Ed25519 key in the form of OpenSSH: PROTOCOL.sshsig. */
function asSshKey(name: string, { material, secret }: NoteKey): NoteKey & { over: (text: string) => Buffer } {
  const wire = Buffer.concat([string('ssh-ed25519'), string(material.subarray(1))])
  const key = namedKey(
    name,
    Buffer.concat([Buffer.of(0xff), Buffer.from('portreeve.dev/sshsig/v1'), wire]),
    secret,
  )
  const over = (text: string) => {
    const about = [string(text.split('\n', 1)[0] ?? ''), string(''), string('sha512')]
    const signed = [Buffer.from('SSHSIG'), ...about, string(hash('sha512', text, 'buffer'))]
    const signature = sign(null, Buffer.concat(signed), secret)
    const one = Buffer.from([0, 0, 0, 1])
    return Buffer.concat([
      Buffer.from('SSHSIG'),
      one,
      string(wire),
      ...about,
      string(Buffer.concat([string('ssh-ed25519'), string(signature)])),
    ])
  }
  return { ...key, over }
}

/** RFC 4251 section 5. */
function string(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

test('a pack names the holds over its port with everybody’s word on them', { timeout: 120_000 }, async () => {
  const place = workplace()
  place.put('db-2.ss', SS_TEXT)
  expect(await place.run(['scan', 'db-2.ss', '--record'])).toMatchObject({ code: 0 })
  sshKeys(place, 'anna', 'bert')
  for (const name of ['anna', 'bert'])
    await place.run(['key', 'enroll', `${name}.pub`, '--holder', `p_${name}`, '--scope', 'hold'])
  const say = (act: string, name: string, ...more: string[]) =>
    place.run(['hold', act, name, '--reason', 'Claim', ...more])
  for (const [name, where] of [
    ['old', 'db-2'],
    ['new', 'db-2'],
    ['else', 'db-9'],
  ] as const)
    expect(await say('place', name, '--place', where, '--sign', 'anna')).toMatchObject({ code: 0 })
  for (const signer of ['anna', 'bert']) await say('release', 'old', '--sign', signer)
  await say('release', 'new', '--sign', 'bert')
  expect(await place.run(['freeze', 'db-2:6379/tcp', '--name', 'look', '--reason', 'Odd'])).toMatchObject({
    code: 0,
  })
  expect((await place.run(['show', 'db-2:6379/tcp'])).out).toMatch(
    /kept by the hold new of p_anna .*p_bert said that it may end\n\nkept by the freeze look of operator/,
  )
  await place.run(['prove', 'db-2:6379/tcp', '-o', 'pack'])
  place.put('trust.txt', (await place.run(['log', 'trust'])).out)
  await place.run(['log', 'export', 'log'])
  const ran = await place.run(['verify', 'pack', '--trust', 'trust.txt', '--replay', 'log', '--json'])
  const report = JSON.parse(ran.out) as Report
  expect(report.checks.filter(({ state }) => state === 'failed')).toEqual([])
  expect(holdsOf(report)).toEqual(['passed', 'old was released, new stands, look stands'])
})

function holdsOf({ checks }: Report): [string | undefined, string | undefined] {
  const { state, says } = checks.find(({ name }) => name === 'holds') ?? {}
  return [state, says]
}
