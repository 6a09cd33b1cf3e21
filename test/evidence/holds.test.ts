import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { JsonObject } from '../../src/model/entry.ts'
import { judge, type Report } from '../../verifier/src/judge.ts'
import { tilesIn } from '../../verifier/src/read-folder.ts'
import { workplace } from '../support/cli.ts'
import {
  namedKey,
  noteKey,
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

  judged(releases: readonly number[], stands: boolean, leftOut: readonly number[] = []): Report {
    this.log.checkpoint()
    const folder = mkdtempSync(join(tmpdir(), 'portreeve-test-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    this.log.publish(folder)
    const question = { at: null, kind: 'port', period: null, port: PORT, record: null, text: 'Who?' }
    const leaves = Array.from({ length: this.log.size }, (_, i) => i).filter((i) => !leftOut.includes(i))
    const holds = [{ hold: cite(this.placed, '/body/hold', 'claim'), releases: [...releases], stands }]
    const files = packFiles({ log: this.log, leaves, question, answer: { holds, interval: null } })
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
    ['a word before the hold', (log) => [1, log.signed('p_bob', bob)], /not in their order/],
  ])('does not take %s for two people', (_, words, reason) => {
    const log = new HoldLog().enrol(ann, bob, annAgain, robot).place()
    expect(holdsOf(log.judged(words(log), false))).toEqual(['failed', expect.stringMatching(reason)])
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
