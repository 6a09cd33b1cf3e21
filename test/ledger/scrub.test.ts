import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'

import { scrub } from '../../src/actions/scrub.ts'
import { leafHash } from '../../src/lib/merkle.ts'
import { bookAt } from '../support/book.ts'
import { until, workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { startServer } from '../support/server.ts'

describe('scrubbing', { timeout: 120_000 }, () => {
  test('finds nothing in a sound log, of any size', async () => {
    const place = workplace()
    for (const count of [2, 254, 255, 500]) {
      await declareMore(place, count)
      const book = await bookAt(place.data)
      for (let n = 0; n < 8; n++) expect((await scrub(book.env))?.fault).toBeNull()
      await book.close()
    }
  })

  test.each(['tile/0/000', 'tile/0/001', 'tile/entries/000', 'tile/entries/001'])(
    'finds a bit that was flipped in the published %s, and says that the files are wrong',
    async (path) => {
      const place = workplace()
      await declareMore(place, 600)
      flip(join(place.data, 'tiles', path))
      expect(await faults(place)).toContainEqual(expect.stringMatching(/published .*Remove the folder tiles/))
    },
  )

  test('finds a published file that was cut', async () => {
    const place = workplace()
    await declareMore(place, 600)
    const path = join(place.data, 'tiles', 'tile/0/001')
    writeFileSync(path, readFileSync(path).subarray(0, 100))
    expect(await faults(place)).toContainEqual(expect.stringMatching(/Remove the folder tiles/))
  })

  test.each([
    ['its leaf alone', false, true],
    ['its leaf and its hash', true, true],
    ['its leaf and its hash, where nothing was published', true, false],
  ])('finds an entry that was changed in the database: %s', async (_, withHash, published) => {
    const place = workplace()
    await declareMore(place, 600)
    if (!published) rmSync(join(place.data, 'tiles'), { recursive: true })
    alter(place, 17, withHash)
    expect(await faults(place)).toContainEqual(expect.stringMatching(/database was changed/))
  })

  test('is loud: a line in the log, readiness and a metric, until it is mended', async () => {
    const place = workplace()
    const config = place.put('c.yaml', 'ledger: { scrubSeconds: 1 }\n')
    await declareMore(place, 300)
    flip(join(place.data, 'tiles', 'tile/0/000'))
    const server = await startServer(place, ['--observe', '0', '--config', config])
    const ready = async () => fetch(`${server.origin}/readyz`)
    await until('it was found', async () => ((await ready()).status === 503 ? true : null))
    expect(await (await ready()).json()).toMatchObject({ store: 'answers', ledger: 'damaged' })
    expect(server.err()).toMatch(/"level":"error","event":"ledger-damage","tile":"tile\/0\/000"/)
    expect(await (await fetch(`${server.origin}/metrics`)).text()).toMatch(/^portreeve_ledger_sound 0$/m)
    rmSync(join(place.data, 'tiles'), { recursive: true })
    await until('it is mended', async () => ((await ready()).status === 200 ? true : null))
    await declareMore(place, 300, 'q')
    await until('the tiles are made again', () =>
      existsSync(join(place.data, 'tiles', 'tile', '0', '001')) ? true : null,
    )
  })
})

describe('a changed entry', { timeout: 120_000 }, () => {
  test('freezes the whole book, once, until two people have looked', async () => {
    const place = workplace()
    const config = place.put('c.yaml', 'ledger: { scrubSeconds: 1 }\n')
    await declareMore(place, 3)
    place.put('m.portreeve.yaml', portDocument('m', 9, { purpose: 'Ask jane.doe@example.com' }))
    await place.run(['declare', 'm.portreeve.yaml'])
    alter(place, 2)
    const server = await startServer(place, ['--observe', '0', '--config', config])
    const holds = async () =>
      ((await place.json(['hold', 'list', '--json'])) as { holds: { hold: string }[] }).holds
    const [freeze, ...others] = await until('it froze', async () => {
      const found = await holds()
      return found.length > 0 ? found : null
    })
    expect(others).toEqual([])
    expect(freeze).toMatchObject({ hold: 'ledger-damage', kind: 'freeze', by: 'portreeve', scope: {} })
    expect(server.err()).toMatch(/"event":"freeze","name":"ledger-damage","entry":\d+/)
    expect((await place.run(['erase', 'jane.doe@example.com', '--basis', 'x'])).err).toMatch(
      /the freeze ledger-damage of portreeve/,
    )
    await until('it was looked at again', () =>
      server.err().split('"ledger-damage","tile"').length > 3 ? true : null,
    )
    expect(await holds()).toHaveLength(1)
  })
})

async function declareMore(place: Workplace, count: number, name = 'p'): Promise<void> {
  const documents = Array.from({ length: count }, (_, n) =>
    portDocument(`${name}-${count}-${n}`, 1 + n, { purpose: 'A port of a test' }),
  )
  const path = place.put(`${name}-${count}.portreeve.yaml`, documents.join('---\n'))
  expect(await place.run(['declare', path])).toMatchObject({ code: 0 })
}

function alter(place: Workplace, index: number, withHash = false): void {
  const database = new DatabaseSync(join(place.data, 'book.sqlite'))
  const { leaf } = database.prepare('SELECT leaf FROM entry WHERE idx = ?').get(index) as { leaf: Uint8Array }
  const changed = Buffer.from(Buffer.from(leaf).toString().replace('A port of a test', 'A port of a pest'))
  expect(changed.equals(Buffer.from(leaf))).toBe(false)
  database.prepare('UPDATE entry SET leaf = ? WHERE idx = ?').run(changed, index)
  if (withHash) database.prepare('UPDATE entry SET leaf_hash = ? WHERE idx = ?').run(leafHash(changed), index)
  database.close()
}

function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] as number) ^ 1
  writeFileSync(path, bytes)
}

/** Which tile is looked at is chance; of two, twenty looks miss one in a million times. */
async function faults(place: Workplace): Promise<unknown[]> {
  const book = await bookAt(place.data)
  const found: unknown[] = []
  for (let n = 0; n < 20; n++) found.push((await scrub(book.env))?.fault)
  await book.close()
  return found
}
