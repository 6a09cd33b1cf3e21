import { afterAll, describe, expect, test } from 'vitest'
import { judge, type Report } from '../../verifier/src/judge.ts'
import {
  noteKey,
  ORIGIN,
  sealPack,
  signedNote,
  trustText,
  type NoteKey,
  type PackFiles,
} from '../support/evidence-pack.ts'
import { tellStory, type Stamper } from '../support/evidence-story.ts'
import { authority, P256 } from '../support/timestamp-authority.ts'
import { toBase64 } from '../../src/lib/base64.ts'
import { openTimestamp } from '../../verifier/src/timestamp.ts'

/** Packs whose checkpoints a timestamp authority stamped. */

const tsa = authority({ key: P256 })
afterAll(() => tsa.close())

const stamper: Stamper = (note) => {
  const response = tsa.stamp(note)
  const { time } = openTimestamp(response, Buffer.from(note))
  return { response, at: new Date(time).toISOString(), root: tsa.root }
}

describe('a stamped checkpoint', { timeout: 60_000 }, () => {
  const story = tellStory(stamper)
  const judged = (files: PackFiles = story.files, trust: string = story.trust): Report =>
    judge({ folder: { files, refused: [] }, trust: Buffer.from(trust), tiles: null })
  const resealed = (changes: Readonly<Record<string, Buffer>>) =>
    sealPack(
      new Map([...story.files, ...Object.entries(changes)]),
      { size: story.log.size, root: toBase64(story.log.root(story.log.size)) },
      story.log.logKeys,
    )

  test('proves its time, and the anchor in the log another', () => {
    const report = judged()
    expect(report.checks.filter(({ state }) => state === 'failed')).toEqual([])
    expect(report.exit).toBe(0)
    expect(stateOf(report, 'timestamp 7.1')).toBe('passed')
    // What is not asked is said to be, and takes nothing away.
    expect(report.checks.find(({ name }) => name === 'revocation 7.1')).toMatchObject({
      state: 'not made',
      needed: false,
      says: expect.stringContaining('no revocation list'),
    })
    expect(stateOf(report, 'time "timestamp 7.1" at 7')).toBe('passed')
    expect(stateOf(report, 'time "anchor 7" at 7')).toBe('passed')
  })

  test('proves nothing to who trusts no authority, and takes nothing away', () => {
    const report = judged(story.files, trustText({ log: story.log, witnesses: story.witnesses }))
    expect([report.exit, stateOf(report, 'timestamp 7.1'), stateOf(report, 'time "anchor 7" at 7')]).toEqual([
      0,
      'not made',
      'not made',
    ])
  })

  test('that is not the checkpoint of that size, or not what was stamped, is refused', () => {
    const other = resealed({ 'timestamps/7.1.note': Buffer.from(story.log.checkpoints[0]?.note ?? '') })
    expect([judged(other).exit, stateOf(judged(other), 'timestamp 7.1')]).toEqual([20, 'failed'])
    const later = resealed({ 'timestamps/7.1.tsr': tsa.stamp('something else') })
    expect([judged(later).exit, stateOf(judged(later), 'timestamp 7.1')]).toEqual([20, 'failed'])
  })

  test('of another history is a fork if the log signed it, and nothing if not', () => {
    const zeros = toBase64(Buffer.alloc(32))
    const text = `${ORIGIN}\n7\n${zeros}\n`
    const by = (key: NoteKey) => resealed({ 'timestamps/7.1.note': Buffer.from(signedNote(text, [key])) })
    const forked = judged(by(story.log.logKeys[0] as NoteKey))
    expect([forked.exit, forked.fork.map(({ source }) => source)]).toEqual([
      30,
      ['the pack', 'timestamps/7.1.note'],
    ])
    const strange = judged(by(noteKey(ORIGIN)))
    expect([strange.exit, strange.fork]).toEqual([20, []])
    const known = `${story.trust}head 6 ${zeros}\n`
    expect(judged(story.files, known).exit).toBe(30)
  })

  test('that an authority of another root stamped is not anchored, and fails', () => {
    const stranger = authority({ key: P256 })
    const note = story.files.get('timestamps/7.1.note') ?? Buffer.alloc(0)
    const report = judged(resealed({ 'timestamps/7.1.tsr': stranger.stamp(note) }))
    stranger.close()
    expect([report.exit, stateOf(report, 'timestamp 7.1')]).toEqual([20, 'failed'])
  })
})

function stateOf({ checks }: Report, name: string): string | undefined {
  return checks.find((check) => check.name === name)?.state
}
