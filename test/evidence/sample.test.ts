import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { canonicalJson } from '../../src/lib/canonical-json.ts'
import type { JsonObject } from '../../src/model/entry.ts'
import { judge, type Report } from '../../verifier/src/judge.ts'
import type { Tiles } from '../../verifier/src/replay.ts'
import { tilesIn } from '../../verifier/src/read-folder.ts'
import { packFiles, SmallLog, trustText } from '../support/evidence-pack.ts'

/** The draw of a sample can be made again by everybody: docs/formats/evidence-pack-v1.md, "Sample". */

const log = new SmallLog()
log.record('genesis', {
  format: 1,
  log_key: log.logKeys[0]?.text ?? '',
  root_keys: [],
  software: 'portreeve/0.1.0',
})
for (let i = 1; i < 40; i++) log.record('decision', { n: i })
log.checkpoint()

const ITEMS = Array.from({ length: 39 }, (_, i) => String(i + 1)).sort()
const digestOf = (items: readonly string[]) =>
  hash('sha256', Buffer.from(`portreeve.dev/population/v1\0${canonicalJson(items)}`), 'buffer')

function draw(items: readonly string[], seed: string, size: number): string[] {
  const score = (k: number) => {
    const numbers = Buffer.alloc(6)
    numbers.writeUInt16BE(seed.length)
    numbers.writeUInt32BE(k, 2)
    const parts = [numbers.subarray(0, 2), Buffer.from(seed), digestOf(items), numbers.subarray(2)]
    return hash('sha256', Buffer.concat([Buffer.from('portreeve.dev/sample/v1\0'), ...parts]), 'hex')
  }
  return items
    .map((item, k) => ({ item, score: score(k) }))
    .sort((a, b) => (a.score < b.score ? -1 : 1))
    .slice(0, size)
    .map(({ item }) => item)
}

interface Parts {
  readonly seed?: string
  readonly size?: number
  readonly items?: readonly string[]
  readonly drawn?: readonly string[]
  readonly digest?: string
  readonly kind?: string
  readonly population?: string
  readonly tiles?: Tiles | null
}

function judged({ seed = 'ACME 2026', size = 5, items = ITEMS, tiles = null, ...rest }: Parts): Report {
  const {
    population = 'decisions',
    kind = population,
    drawn = draw(items, seed, size),
    digest = digestOf(items).toString('base64'),
  } = rest
  const question = {
    kind: 'sample',
    period: null,
    population,
    seed,
    size,
    text: 'Five decisions',
  }
  const answer: JsonObject = { sample: { count: items.length, digest, drawn } }
  const file = `${canonicalJson({ frozen: null, items, kind, period: null })}\n`
  const leaves = Array.from({ length: log.size }, (_, i) => i)
  const files = packFiles({ log, leaves, question, answer, more: { 'population.json': file } })
  return judge({ folder: { files, refused: [] }, trust: Buffer.from(trustText({ log })), tiles })
}

describe('a sample', () => {
  test('is the one that the auditor’s seed draws', () => {
    const report = judged({})
    expect(report.exit).toBe(0)
    expect(report.checks.find(({ name }) => name === 'sample')?.says).toMatch(/^5 of 39 items/)
    expect(judged({ size: 100 }).exit).toBe(0)
  })

  test.each<[string, Parts]>([
    ['drawn by another seed', { drawn: draw(ITEMS, 'ACME 2027', 5) }],
    [
      'with an item exchanged',
      { drawn: [...draw(ITEMS, 'ACME 2026', 4), draw(ITEMS, 'ACME 2026', 6)[5] ?? ''] },
    ],
    ['with one item less', { drawn: draw(ITEMS, 'ACME 2026', 4) }],
    ['of a population out of order', { items: ITEMS.toReversed() }],
    ['of a population with an item twice', { items: ['1', '1', '2'], size: 2 }],
    ['of another population than its digest', { digest: digestOf(['1']).toString('base64') }],
    ['of another kind than was asked for', { kind: 'openings' }],
    ['with an entry that the pack lacks', { items: ['1', '999'], size: 2 }],
  ])('%s is refused', (_, parts) => {
    const report = judged(parts)
    expect(report.checks.filter(({ state }) => state === 'failed').map(({ name }) => name)).toEqual([
      'sample',
    ])
  })
})

describe('a population', () => {
  test('is shown to be complete by the log alone', () => {
    expect(populationCheck(judged({}))?.state).toBe('not made')
    expect(populationCheck(judged({ tiles: published() }))).toMatchObject({
      state: 'passed',
      says: expect.stringMatching(/^all 39 items/),
    })
  })

  test('that lacks an entry, or holds one that does not belong to it, is found', () => {
    const short = judged({ items: ITEMS.filter((item) => item !== '17'), tiles: published() })
    expect([short.exit, populationCheck(short)?.says]).toEqual([20, 'the population lacks 17'])
    const long = judged({ items: ['0', ...ITEMS], size: 40, tiles: published() })
    expect([long.exit, populationCheck(long)?.says]).toEqual([20, '"0" does not belong to the population'])
  })

  test('of places cannot be shown by entries', () => {
    const report = judged({ items: ['db-1'], size: 1, population: 'places', tiles: published() })
    expect([report.exit, populationCheck(report)?.state]).toEqual([0, 'not made'])
  })
})

function published(): Tiles {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  log.publish(folder)
  return tilesIn(folder)
}

function populationCheck({ checks }: Report): Report['checks'][number] | undefined {
  return checks.find(({ name }) => name === 'population')
}
