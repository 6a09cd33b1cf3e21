import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createHash } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { commitment } from '../../src/ledger/commitment.ts'
import { parseCheckpoint, verifyCheckpoint } from '../../src/ledger/checkpoint.ts'
import { leafHash, verifyConsistency, verifyInclusion } from '../../src/lib/merkle.ts'
import { openNote, ed25519NoteVerifier, parseNote, parseNoteKey } from '../../src/lib/signed-note.ts'
import { workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { SS_TEXT } from '../support/scans.ts'

type Json = Record<string, unknown>

interface Cited {
  readonly leaf: number
  readonly pointer: string
  readonly value: unknown
}

interface Disclosed {
  readonly leaf: number
  readonly p: string
  readonly salt: string
  readonly value: string
}

interface Sampled {
  readonly count: number
  readonly digest: string
  readonly drawn: readonly string[]
}

describe('portreeve prove', { timeout: 120_000 }, () => {
  test('proves each entry of its answer under one signed checkpoint, and lists every file', async () => {
    const place = await sighted()
    // A later command signs another checkpoint than the one behind the sighting.
    place.put('db.portreeve.yaml', portDocument('db', 5432))
    expect(await place.run(['declare', 'db.portreeve.yaml'])).toMatchObject({ code: 0 })
    expect(await place.run(['prove', 'db-2:6379/tcp', '-o', 'pack'])).toMatchObject({ code: 0 })
    const pack = join(place.folder, 'pack')
    const { key, head } = await headOf(place, pack)
    const leaves = readdirSync(join(pack, 'leaves')).map((name) => Number(name.slice(0, -5)))
    expect(leaves).toContain(0)
    for (const index of leaves) expect(isIncluded(pack, index, head)).toBe(true)
    for (const name of readdirSync(join(pack, 'consistency'))) {
      const older = verifyCheckpoint(
        readFileSync(join(pack, `checkpoints/${name.slice(0, -6)}.checkpoint`)),
        key,
      )
      expect(isConsistent(readFileSync(join(pack, 'consistency', name), 'utf8'), older, head)).toBe(true)
    }
    const { files } = json(pack, 'manifest.json') as {
      files: { path: string; sha256: string; size: number }[]
    }
    const unlisted = ['manifest.json', 'manifest.sig', 'custodian/certification.txt']
    expect(files.map(({ path }) => path)).toEqual(filesBelow(pack).filter((path) => !unlisted.includes(path)))
    for (const { path, sha256, size } of files) {
      const bytes = readFileSync(join(pack, path))
      expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([size, sha256])
    }
  })

  test('cites what the leaves say, and the interval of the opening among it', async () => {
    const place = await sighted()
    await place.run(['prove', 'db-2:6379/tcp', '-o', 'pack'])
    const pack = join(place.folder, 'pack')
    const answer = json(pack, 'answer.json')
    const found = citationsIn(answer)
    expect(found.length).toBeGreaterThan(10)
    for (const { leaf, pointer, value } of found) expect(standsAt(pack, leaf, pointer)).toEqual(value)
    expect(answer['interval']).toMatchObject({
      port: 'db-2/net:1/127.0.0.1:6379/tcp',
      claimed: { not_before: null },
      proven: { not_before: null, not_after: null },
    })
    expect(readFileSync(join(pack, 'answer.txt'), 'utf8')).toContain('Nothing independent')
  })

  test('withholds what identifies a person, and opens it to an administrator who asks', async () => {
    const place = await sighted(SS_TEXT.replace('redis-server', 'jane@home.org'))
    await place.run(['prove', 'db-2:6379/tcp', '-o', 'closed'])
    await place.run(['prove', 'db-2:6379/tcp', '-o', 'opened', '--disclose'])
    const closed = join(place.folder, 'closed')
    for (const path of filesBelow(closed))
      expect(readFileSync(join(closed, path), 'latin1')).not.toContain('jane')
    const opened = join(place.folder, 'opened')
    const { values } = json(opened, 'opened.json') as { values: Disclosed[] }
    expect(values.map(({ value }) => value)).toContain('"jane@home.org"')
    for (const { leaf, p, salt, value } of values) {
      const { priv } = recordIn(opened, leaf) as { priv: { c: string; p: string }[] }
      const digest = commitment({ pointer: p, salt: Buffer.from(salt, 'base64'), value })
      expect(priv.find((one) => one.p === p)?.c).toBe(Buffer.from(digest).toString('base64'))
    }
  })

  test('answers for a moment by what was on record then', async () => {
    const place = await sighted()
    const before = new Date().toISOString()
    place.put(
      'redis.portreeve.yaml',
      portDocument('redis', 6379).replace('10.0.3.7', '127.0.0.1').replace('db-1', 'db-2'),
    )
    await place.run(['declare', '.'])
    await place.run(['prove', 'redis', '-o', 'now'])
    await place.run(['prove', 'redis', '-o', 'then', '--at', before])
    expect(json(join(place.folder, 'now'), 'answer.json')['record']).toMatchObject({
      name: { value: 'redis' },
    })
    expect(json(join(place.folder, 'then'), 'answer.json')).toMatchObject({
      observed: 'open',
      record: null,
      interval: { authorised: null },
    })
    const long = ['prove', 'redis', '-o', 'long-ago', '--at', '2001-01-01T00:00:00Z']
    expect(await place.run(long)).toMatchObject({ code: 0 })
    expect(json(join(place.folder, 'long-ago'), 'answer.json')).toMatchObject({
      observed: 'unknown',
      interval: null,
    })
  })

  test('writes nothing into a folder that holds something, and nothing for a port that is not there', async () => {
    const place = await sighted()
    place.put('pack/note.txt', 'mine')
    const taken = await place.run(['prove', 'db-2:6379/tcp', '-o', 'pack'])
    expect(taken).toMatchObject({ code: 2, out: '' })
    expect(taken.err).toContain('pack holds something already')
    expect(filesBelow(join(place.folder, 'pack'))).toEqual(['note.txt'])
    expect(await place.run(['prove', 'db-9:1/tcp', '-o', 'none'])).toMatchObject({ code: 2 })
    expect(await place.run(['prove', 'db-2:6379/tcp', '-o', 'none', '--at', 'yesterday'])).toMatchObject({
      code: 2,
    })
    expect(
      await place.run([
        'prove',
        'db-2:6379/tcp',
        '-o',
        'none',
        '--period',
        '2026-02-01T00:00:00Z..2026-01-01T00:00:00Z',
      ]),
    ).toMatchObject({ code: 2 })
    expect(readdirSync(place.folder)).not.toContain('none')
  })
})

describe('portreeve sample', { timeout: 120_000 }, () => {
  test('freezes the population before the draw, and the same seed draws the same items', async () => {
    const place = workplace()
    for (let n = 0; n < 20; n++) place.put(`p${n}.portreeve.yaml`, portDocument(`p${n}`, 5000 + n))
    await place.run(['declare', '.'])
    const drawn = async (out: string, seed: string) => {
      await place.run(['sample', '--population', 'changes', '--seed', seed, '--size', '5', '-o', out])
      const pack = join(place.folder, out)
      const { sample } = json(pack, 'answer.json') as unknown as { sample: Sampled }
      const { frozen, items } = json(pack, 'population.json') as unknown as {
        frozen: Cited
        items: string[]
      }
      expect(standsAt(pack, frozen.leaf, frozen.pointer)).toBe(sample.digest)
      expect(sample.count).toBe(items.length)
      for (const item of sample.drawn) expect(Number(item)).toBeLessThan(frozen.leaf)
      return sample.drawn
    }
    const first = await drawn('one', 'dice 4 2')
    expect(first).toHaveLength(5)
    expect(new Set(first).size).toBe(5)
    expect(await drawn('two', 'dice 4 2')).toEqual(first)
    expect(await drawn('three', 'dice 4 3')).not.toEqual(first)
  })

  test('is drawn from what an entry froze, whatever was written since', async () => {
    const place = workplace()
    for (let n = 0; n < 6; n++) place.put(`p${n}.portreeve.yaml`, portDocument(`p${n}`, 5000 + n))
    await place.run(['declare', '.'])
    place.put('db-2.ss', SS_TEXT)
    await place.run(['scan', '--record', 'db-2.ss'])
    for (const population of ['changes', 'places', 'openings']) {
      const frozen = (await place.json(['sample', '--population', population, '--freeze', '--json'])) as {
        index: number
        count: number
      }
      expect(frozen.count).toBeGreaterThan(0)
      place.put('db-3.ss', SS_TEXT.replaceAll('db-2', `db-${frozen.index}`))
      place.put('later.portreeve.yaml', portDocument(`later-${population}`, 7000))
      await place.run(['declare', 'later.portreeve.yaml'])
      await place.run(['scan', '--record', 'db-3.ss'])
      const draw = ['sample', '--frozen', String(frozen.index), '--seed', 'dice', '--size', '100']
      expect(await place.run([...draw, '-o', population])).toMatchObject({ code: 0 })
      const { sample } = json(join(place.folder, population), 'answer.json') as unknown as { sample: Sampled }
      expect([population, sample.count, sample.drawn.length]).toEqual([
        population,
        frozen.count,
        frozen.count,
      ])
    }
  })

  test('is not drawn from an entry that froze none, nor frozen and drawn in words that contradict each other', async () => {
    const place = await sighted()
    const draw = ['sample', '--seed', 'x', '--size', '5', '-o', 'pack']
    expect(await place.run([...draw, '--frozen', '1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('entry 1 froze no population'),
    })
    expect(await place.run([...draw, '--frozen', '9999'])).toMatchObject({ code: 2 })
    expect(await place.run(draw)).toMatchObject({ code: 2, err: expect.stringContaining('--population') })
    expect(await place.run([...draw, '--frozen', '1', '--population', 'changes'])).toMatchObject({ code: 2 })
    expect(await place.run([...draw, '--freeze', '--population', 'changes'])).toMatchObject({ code: 2 })
    expect(await place.run(['sample', '--population', 'changes'])).toMatchObject({ code: 2 })
    expect(readdirSync(place.folder)).not.toContain('pack')
    expect(await place.run(['log', 'list', '--type', 'freeze'])).toMatchObject({
      out: expect.not.stringContaining('frozen'),
    })
  })

  test('keeps nothing from erasure: a frozen population is no hold', async () => {
    const place = await sighted()
    expect(await place.run(['sample', '--population', 'openings', '--freeze'])).toMatchObject({ code: 0 })
    expect(await place.run(['hold', 'list'])).toMatchObject({
      code: 0,
      out: expect.not.stringContaining('undefined'),
    })
    expect(await place.run(['hold', 'place', 'case-1', '--reason', 'a claim'])).toMatchObject({ code: 0 })
  })

  test('of nothing says so', async () => {
    const place = workplace()
    place.put('p.portreeve.yaml', portDocument('p', 5000))
    await place.run(['declare', '.'])
    const drew = await place.run([
      'sample',
      '--population',
      'decisions',
      '--seed',
      'x',
      '--size',
      '5',
      '-o',
      'pack',
    ])
    expect(drew).toMatchObject({ code: 0 })
    expect(drew.out).toContain('the population is empty')
  })
})

async function sighted(text = SS_TEXT): Promise<Workplace> {
  const place = workplace()
  place.put('db-2.ss', text)
  expect(await place.run(['scan', '--record', 'db-2.ss'])).toMatchObject({ code: 0 })
  return place
}

async function headOf(place: Workplace, pack: string) {
  const genesis = (await place.json(['log', 'show', '0', '--json'])) as { body: { log_key: string } }
  const key = genesis.body.log_key
  const { name, publicKey } = parseNoteKey(key)
  const manifest = readFileSync(join(pack, 'manifest.json'))
  const { text } = openNote(readFileSync(join(pack, 'manifest.sig')), [ed25519NoteVerifier(name, publicKey)])
  const digest = createHash('sha256').update(manifest).digest('base64')
  expect(text).toBe(`portreeve.dev/evidence-pack/v1\n${name}\n${digest}\n${manifest.length}\n`)
  const { head } = JSON.parse(manifest.toString()) as { head: { size: number } }
  return { key, head: verifyCheckpoint(readFileSync(join(pack, `checkpoints/${head.size}.checkpoint`)), key) }
}

interface Head {
  readonly size: number
  readonly root: Uint8Array
}

function isIncluded(pack: string, index: number, head: Head): boolean {
  const proof = readFileSync(join(pack, `proofs/${index}.tlog-proof`), 'utf8')
  const [first, second, ...rest] = proof.split('\n')
  expect([first, second]).toEqual(['c2sp.org/tlog-proof@v1', `index ${index}`])
  const end = rest.indexOf('')
  expect(rest.slice(end + 1).join('\n')).toBe(
    readFileSync(join(pack, `checkpoints/${head.size}.checkpoint`), 'utf8'),
  )
  return verifyInclusion({
    leafHash: leafHash(readFileSync(join(pack, `leaves/${index}.leaf`))),
    index: BigInt(index),
    size: BigInt(head.size),
    root: head.root,
    proof: rest.slice(0, end).map((line) => Buffer.from(line, 'base64')),
  })
}

function isConsistent(text: string, older: Head, newer: Head): boolean {
  const [first, ...rest] = text.split('\n')
  expect(first).toBe(`old ${older.size}`)
  const end = rest.indexOf('')
  expect(parseCheckpoint(parseNote(Buffer.from(rest.slice(end + 1).join('\n'))).text).size).toBe(newer.size)
  return verifyConsistency({
    older: BigInt(older.size),
    newer: BigInt(newer.size),
    olderRoot: older.root,
    newerRoot: newer.root,
    proof: rest.slice(0, end).map((line) => Buffer.from(line, 'base64')),
  })
}

function json(pack: string, path: string): Json {
  return JSON.parse(readFileSync(join(pack, path), 'utf8')) as Json
}

function recordIn(pack: string, index: number): Json {
  return JSON.parse(readFileSync(join(pack, `leaves/${index}.leaf`), 'utf8').split('\n')[1] ?? '') as Json
}

function standsAt(pack: string, leaf: number, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, step) => (value as Json)[step], recordIn(pack, leaf))
}

function citationsIn(value: unknown): Cited[] {
  if (typeof value !== 'object' || value === null) return []
  if ('leaf' in value && 'pointer' in value && 'value' in value) return [value as never]
  return Object.values(value).flatMap(citationsIn)
}

function filesBelow(folder: string, under = ''): string[] {
  const found = readdirSync(join(folder, under)).flatMap((name) => {
    const path = under === '' ? name : `${under}/${name}`
    return statSync(join(folder, path)).isDirectory() ? filesBelow(folder, path) : [path]
  })
  return found.sort()
}

test('the page of a port says when it went live, and that nobody else vouches for it', async () => {
  const place = await sighted()
  const shown = (await place.json(['show', 'db-2:6379/tcp', '--json'])) as { interval: Json }
  expect(shown.interval).toMatchObject({
    claimed: { notBefore: null, clock: null },
    logged: { index: 1 },
    proven: { notBefore: null, notAfter: null },
    width: { claimed: null, proven: null },
  })
  expect((await place.run(['show', 'db-2:6379/tcp'])).out).toContain('no external witness')
}, 60_000)
