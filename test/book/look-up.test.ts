import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { recordScan } from '../../src/actions/record-scan.ts'
import type { Sighting } from '../../src/model/source.ts'
import { bookAt, type OpenBook } from '../support/book.ts'
import { hostOf, listening } from '../support/host.ts'

test('a port shows what was seen in its own network namespace', async () => {
  const { desk } = await bookOf([
    listening({ port: 80 }),
    listening({ port: 80, net: 'net:blue' }),
    listening({ port: 80, net: 'net:blue', address: '10.0.3.7' }),
  ])
  for (const [net, seen] of [
    ['net:1', 1],
    ['net:blue', 2],
  ] as const) {
    const port = `db-1/${net}/0.0.0.0:80/tcp`
    const { sightings, timeline } = await desk.call('showPort', { port })
    expect(sightings).toHaveLength(seen)
    expect(timeline).toHaveLength(seen)
    const { steps } = await desk.call('whyPort', { port })
    expect(steps.find(({ question }) => question === 'Who has seen it?')?.entries).toHaveLength(seen)
  }
})

test('a port is found by its address, however many others have its number', async () => {
  const addresses = Array.from({ length: 1_100 }, (_, n) => `10.0.${100 + (n >> 8)}.${n & 255}`)
  const { desk } = await bookOf(addresses.map((address) => listening({ port: 80, address })))
  const last = addresses.toSorted().at(-1)!
  const { port } = await desk.call('showPort', { port: `${last}:80/tcp` })
  expect(port.id).toBe(`db-1/net:1/${last}:80/tcp`)
  await expect(desk.call('showPort', { port: '10.9.9.9:80/tcp' })).rejects.toMatchObject({
    code: 'not-found',
  })
})

/** The book of one host, on which these are open. */
async function bookOf(sightings: readonly Sighting[]): Promise<OpenBook> {
  const data = mkdtempSync(join(tmpdir(), 'portreeve-look-up-'))
  const open = await bookAt(data)
  onTestFinished(async () => {
    await open.close()
    rmSync(data, { recursive: true })
  })
  await recordScan({ ...open.env, host: hostOf({ sightings }) }, open.book, { paths: [] })
  return open
}
