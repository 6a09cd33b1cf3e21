import { describe, expect, test } from 'vitest'
import type { Refusal } from '../../model/refusal.ts'
import { yamlDocuments } from './documents.ts'
import { items, member, members, text } from './nodes.ts'

function refusal(source: string): Refusal {
  try {
    for (const root of yamlDocuments('a.yaml', source)) members(root)
  } catch (error) {
    return error as Refusal
  }
  throw new Error('it was read')
}

/** Ten values, repeated ten times, nine times over. */
const LAUGHS = Array.from('abcdefghi')
  .map(
    (name, i) =>
      `${name}: &${name} [${Array(10)
        .fill(i === 0 ? 'lol' : `*${'abcdefghi'[i - 1]}`)
        .join(', ')}]`,
  )
  .join('\n')

describe('a hostile text', () => {
  test('that multiplies itself by aliases is refused, at the alias that is too much', () => {
    expect(refusal(LAUGHS)).toMatchObject({
      code: 'source-invalid',
      message: 'a.yaml:6:16: aliases repeat more than 400000 values',
    })
    expect(refusal(LAUGHS).faults).toHaveLength(1)
  })

  test('that repeats itself within itself is refused', () => {
    expect(refusal('a: &a [*a]').message).toBe('a.yaml:1:8: the alias *a stands inside what it repeats')
    expect(refusal('a: &a { <<: *a }').message).toBe(
      'a.yaml:1:13: the alias *a stands inside what it repeats',
    )
  })

  test.each([
    ['flow lists', '['.repeat(1_000_000)],
    ['closed flow lists', '['.repeat(500_000) + ']'.repeat(500_000)],
    ['flow mappings', '{a: '.repeat(300_000)],
    ['block lists', `${'- '.repeat(1_000_000)}a`],
    ['keys of keys', `${'? '.repeat(1_000_000)}a`],
  ])('that nests too deeply is refused: %s', (_, source) => {
    expect(refusal(source).message).toMatch(/^a\.yaml:1:\d+: nested more than 500 deep$/)
  })

  test('of one document above 4 MiB is refused before it is parsed; many small ones are not', () => {
    const line = `a: ${'b'.repeat(60)}\n`
    const large = line.repeat(300_000)
    expect(refusal(large)).toMatchObject({ code: 'source-too-large' })
    expect(yamlDocuments('a.yaml', `${line.repeat(100)}---\n`.repeat(3000)).next().done).toBe(false)
  })

  test('with very many faults names twenty', () => {
    expect(refusal(`[${','.repeat(5000)}]`).faults).toHaveLength(20)
  })
})

test('a broken text is refused with file, line and column', () => {
  expect(refusal('a: 1\nb: "x').message).toMatch(/^a\.yaml:2:\d+: Missing closing "quote/)
  expect(refusal('a: 1\nb: [1\nc: 2\n').message).toMatch(/^a\.yaml:[23]:\d+: /)
  expect(refusal('a: *b\n# &').message).toBe('a.yaml:1:4: the alias *b has no anchor before it')
})

test('each document of a text is read, and empty ones are passed over', () => {
  const roots = [...yamlDocuments('a.yaml', '---\n# nothing\n---\na: 1\n---\n{"a": 2}\n')]
  expect(roots.flatMap((root) => text(member(root, 'a')) ?? [])).toEqual(['1', '2'])
})

test('own keys win over merged ones, and the first merged mapping over the next', () => {
  const [root] = yamlDocuments(
    'a.yaml',
    'x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2, d: 2}\nz: {d: 3, <<: [*x, *y]}',
  )
  const merged = root === undefined ? null : member(root, 'z')
  expect(merged === null ? [] : members(merged).map(([key, value]) => [key, text(value)])).toEqual([
    ['d', '3'],
    ['a', '1'],
    ['b', '1'],
    ['c', '2'],
  ])
})

test('numbers keep the text they were written in', () => {
  const [root] = yamlDocuments('a.yaml', '[022, 1e3, 0x50, 22:22, 1_000, true, "a"]')
  expect(items(root ?? null).map((item) => text(item))).toEqual([
    '022',
    '1e3',
    '0x50',
    '22:22',
    '1_000',
    'true',
    'a',
  ])
})
