import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { toBase64 } from '../../src/lib/base64.ts'
import { judge, type Report } from '../../verifier/src/judge.ts'
import { tilesIn } from '../../verifier/src/read-folder.ts'
import { packFiles, PORT, trustText } from '../support/evidence-pack.ts'
import { tellStory, type Story } from '../support/evidence-story.ts'

/** The whole log read again beside a pack: what was left out, and what came later. */

function published(story: Story, spoil: (folder: string) => void = () => undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  story.log.publish(folder)
  spoil(folder)
  return folder
}

function replayed(story: Story, folder: string, { files = story.files, trust = story.trust } = {}): Report {
  return judge({ folder: { files, refused: [] }, trust: Buffer.from(trust), tiles: tilesIn(folder) })
}

function statesOf({ checks }: Report, name: string): string | undefined {
  return checks.find((check) => check.name === name)?.state
}

function saysOf({ checks }: Report, name: string): string {
  return checks.find((check) => check.name === name)?.says ?? ''
}

describe('a replay', () => {
  test('shows that nothing was left out, and that nothing was taken back since', () => {
    const story = tellStory()
    for (let i = 0; i < 300; i++) story.log.record('coverage', { place: `db-${i}` })
    story.log.checkpoint()
    const report = replayed(story, published(story))
    expect(report.exit).toBe(0)
    expect(saysOf(report, 'replay')).toBe(
      "308 entries, of them 2 about keys, no id twice; the tree has every root that is known; 3 hash tiles are the tree's",
    )
    expect(saysOf(report, 'later')).toBe('300 entries behind the head of the pack take nothing of it back')
  })

  test('finds a key entry that the pack leaves out', () => {
    const story = tellStory()
    story.log.statement('key', { act: 'retire', key: story.ann.text, reason: 'left' }, 'p_ann', [story.ann])
    story.log.checkpoint()
    const leaves = Array.from({ length: story.log.size - 1 }, (_, i) => i)
    const question = { at: null, kind: 'port', period: null, port: PORT, record: null, text: 'When?' }
    const files = packFiles({ log: story.log, leaves, question, answer: { interval: null } })
    const alone = judge({ folder: { files, refused: [] }, trust: Buffer.from(story.trust), tiles: null })
    expect(statesOf(alone, 'keys')).toBe('passed')
    const report = replayed(story, published(story), { files })
    expect([report.exit, saysOf(report, 'replay')]).toEqual([20, 'the pack leaves out key entry 8'])
  })

  test.each<[string, (story: Story) => void, RegExp]>([
    [
      'that key is called stolen since before',
      ({ log, ann, roots }) =>
        log.statement(
          'key',
          { act: 'compromise', key: ann.text, reason: 'stolen', since_index: 4 },
          'root-1',
          roots,
        ),
      /entry 5: entry 8 calls it compromised from entry 4 on/,
    ],
    [
      'the decision was revoked',
      ({ log, decision, ann }) => {
        const { id } = JSON.parse(
          Buffer.from(log.leaves[decision] as Uint8Array)
            .toString()
            .split('\n')[1] ?? '',
        ) as { id: string }
        log.record('revocation', { by: ann.name, revokes: [id] })
      },
      /entry 8, a revocation, names entry 5/,
    ],
  ])('finds that later %s', (_, happen, says) => {
    const story = tellStory()
    happen(story)
    story.log.checkpoint()
    const report = replayed(story, published(story))
    expect([report.exit, statesOf(report, 'replay'), saysOf(report, 'later')]).toEqual([
      20,
      'passed',
      expect.stringMatching(says),
    ])
  })

  test('says that a key was retired later, which takes nothing back', () => {
    const story = tellStory()
    const { log, ann } = story
    log.statement('key', { act: 'retire', key: ann.text, reason: 'left' }, 'p_ann', [ann])
    log.checkpoint()
    const report = replayed(story, published(story))
    expect([report.exit, saysOf(report, 'later')]).toEqual([
      0,
      `1 entries behind the head of the pack take nothing of it back; key ${ann.keyId} was retired by entry 8`,
    ])
  })

  test('finds that the tail of the log is missing, by a checkpoint that was kept elsewhere', () => {
    const story = tellStory()
    const folder = published(story)
    story.log.record('coverage', { place: 'db-9' })
    const known = `head 9 ${toBase64(story.log.root(9))}`
    const trust = trustText({ log: story.log, witnesses: story.witnesses, more: [known] })
    const report = replayed(story, folder, { trust })
    expect([report.exit, saysOf(report, 'replay')]).toEqual([
      20,
      'the log had 9 entries, and the tiles end at 8: their tail is missing',
    ])
  })

  test('of a log that shows somebody else another history is a fork, and prints both heads', () => {
    const story = tellStory()
    const other = tellStory()
    const [key] = story.log.logKeys
    // The same key signs a log whose last entry is another.
    other.log.leaves.splice(0, other.log.leaves.length, ...story.log.leaves.slice(0, 7))
    other.log.logKeys.splice(0, 1, ...(key === undefined ? [] : [key]))
    other.log.record('coverage', { place: 'elsewhere' })
    other.log.checkpoint()
    const same = replayed(story, published(other))
    expect([same.exit, same.fork.map(({ size }) => size)]).toEqual([30, [8, 8]])
    expect(same.fork.map(({ note }) => note)).toEqual([
      story.log.checkpoints.at(-1)?.note,
      other.log.checkpoints.at(-1)?.note,
    ])
    other.log.record('coverage', { place: 'elsewhere' })
    other.log.checkpoint()
    const longer = replayed(story, published(other))
    expect([longer.exit, longer.fork[1]?.source]).toEqual([30, 'the tree rebuilt from the tiles'])
  })

  test.each<[string, (folder: string) => void, string, RegExp]>([
    ['without a checkpoint', (folder) => rmSync(join(folder, 'checkpoint')), 'not made', /no checkpoint/],
    [
      'without its entries',
      (folder) => rmSync(join(folder, 'tile'), { recursive: true }),
      'not made',
      /lack the entries from 0/,
    ],
    [
      'with an entry changed',
      (folder) => spoilEntries(folder, (bytes) => bytes.fill(0x39, 170, 171)),
      'failed',
      /./,
    ],
    [
      'with entries cut off',
      (folder) => spoilEntries(folder, (bytes) => bytes.subarray(0, -1)),
      'failed',
      /cut off/,
    ],
    [
      'with more entries',
      (folder) => spoilEntries(folder, (bytes) => Buffer.concat([bytes, Buffer.of(0, 0)])),
      'failed',
      /more than its entries/,
    ],
    [
      'with a checkpoint by nobody',
      (folder) => spoil(join(folder, 'checkpoint'), (bytes) => bytes.fill(0x41, 40, 45)),
      'failed',
      /./,
    ],
  ])('of tiles %s does not hold', (_, damage, state, says) => {
    const story = tellStory()
    const report = replayed(story, published(story, damage))
    expect([statesOf(report, 'replay'), saysOf(report, 'replay')]).toEqual([
      state,
      expect.stringMatching(says),
    ])
    expect(report.fork).toEqual([])
  })

  test('compares every tile of hashes with the tree of the entries, and says how many are not there', () => {
    const story = tellStory()
    for (let i = 0; i < 300; i++) story.log.record('coverage', { place: `db-${i}` })
    story.log.checkpoint()
    for (const path of ['tile/0/000', 'tile/0/001.p/52', 'tile/1/000.p/1']) {
      for (const at of [0, 31, -1]) {
        const flipped = published(story, (folder) =>
          spoil(join(folder, path), (bytes) => {
            const copy = Buffer.from(bytes)
            copy[at < 0 ? copy.length + at : at]! ^= 1
            return copy
          }),
        )
        const report = replayed(story, flipped)
        expect([path, at, report.exit, saysOf(report, 'replay')]).toEqual([
          path,
          at,
          20,
          expect.stringMatching(/^hash tile [01] of level [01], of \d+ hashes, is not that of the entries$/),
        ])
      }
      const short = published(story, (folder) => spoil(join(folder, path), (bytes) => bytes.subarray(0, -1)))
      expect(replayed(story, short).exit).toBe(20)
    }
    const long = published(story, (folder) =>
      spoil(join(folder, 'tile/1/000.p/1'), (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
    )
    expect(replayed(story, long).exit).toBe(20)
    const even = tellStory()
    while (even.log.size < 256) even.log.record('coverage', { place: 'db-1' })
    even.log.checkpoint()
    expect(saysOf(replayed(even, published(even)), 'replay')).toMatch(/; 2 hash tiles are the tree's$/)
    const without = published(story, (folder) => rmSync(join(folder, 'tile/0'), { recursive: true }))
    const report = replayed(story, without)
    expect([report.exit, saysOf(report, 'replay')]).toEqual([
      0,
      expect.stringMatching(/; 1 hash tiles are the tree's, 2 are not there$/),
    ])
  })

  test('finds an id that two entries have', () => {
    const story = tellStory()
    const first = Buffer.from(story.log.leaves[4] as Uint8Array).toString()
    for (let i = 0; i < 1_100; i++) story.log.record('coverage', { place: `db-${i}` })
    story.log.push(Buffer.from(first.replace('db-1', 'db-2')))
    // The same beginning is not the same id.
    story.log.push(Buffer.from(first.replace(/"id":"([0-9a-f]{30})../, '"id":"$1zz').replace('zz', '00')))
    story.log.checkpoint()
    const report = replayed(story, published(story))
    expect([report.exit, saysOf(report, 'replay')]).toEqual([20, 'entry 1108 has the id of entry 4'])
  })

  test('of another log is not one of this', () => {
    const report = replayed(tellStory(), published(tellStory()))
    expect(statesOf(report, 'replay')).toBe('failed')
  })
})

function spoilEntries(folder: string, change: (bytes: Buffer) => Uint8Array): void {
  spoil(join(folder, 'tile/entries/000.p/8'), change)
}

function spoil(path: string, change: (bytes: Buffer) => Uint8Array): void {
  writeFileSync(path, change(readFileSync(path)))
}
