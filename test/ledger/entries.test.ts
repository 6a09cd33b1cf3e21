import { describe, expect, onTestFinished, test } from 'vitest'

import { parseCheckpoint } from '../../src/ledger/checkpoint.ts'
import { leafHash, verifyInclusion } from '../../src/lib/merkle.ts'
import { parseNote } from '../../src/lib/signed-note.ts'
import { bookAt, type OpenBook } from '../support/book.ts'
import { workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { SS_TEXT } from '../support/scans.ts'

describe('the entries of a ledger', { timeout: 60_000 }, () => {
  test('each has a proof under the newest checkpoint, and one beyond it has none', async () => {
    const { desk, book } = await begun()
    await book.checkpoint()
    const { size } = await desk.call('showCheckpoint', {})
    for (let index = 0; index < size; index++) {
      const { text } = await desk.call('proveEntry', { index })
      const { leaf } = await desk.call('showEntry', { index })
      expect(isProof(text, index, Buffer.from(leaf))).toBe(true)
      expect(isProof(text, index, Buffer.from(`${leaf} `))).toBe(false)
    }
    await expect(desk.call('proveEntry', { index: size })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('are those of a place, or of a port, where one is named', async () => {
    const { desk } = await begun()
    const types = async (input: { place?: string; port?: string; types?: string }) =>
      (await desk.call('listEntries', input)).entries.map(({ type }) => type)
    expect(new Set(await types({ place: 'db-1' }))).toEqual(
      new Set(['sighting', 'coverage', 'declaration', 'tombstone']),
    )
    expect(await types({ port: 'cache' })).toEqual(['declaration', 'sighting'])
    expect(await types({ port: 'db-1:9090/tcp' })).toEqual(['sighting'])
    expect(await types({ place: 'db-1', types: 'tombstone' })).toEqual(['tombstone'])
    expect(await types({ place: 'nowhere' })).toEqual([])
    await expect(types({ place: 'db-1', port: 'cache' })).rejects.toMatchObject({ code: 'bad-input' })
    await expect(types({ port: 'nobody' })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('go on with older ones from where a page ended', async () => {
    const { desk } = await begun()
    const all = (await desk.call('listEntries', {})).entries.map(({ index }) => index)
    const first = await desk.call('listEntries', { limit: 2 })
    const second = await desk.call('listEntries', { limit: 2, before: first.next ?? -1 })
    expect([...first.entries, ...second.entries].map(({ index }) => index)).toEqual(all.slice(0, 4))
    await expect(desk.call('listEntries', { from: 1, before: 3 })).rejects.toMatchObject({
      code: 'bad-input',
    })
  })
})

/** Sockets of db-1 are seen, two records of it are declared, and one is closed again. */
async function begun(): Promise<OpenBook> {
  const place = workplace()
  place.put('db-1.ss', SS_TEXT)
  place.put('cache.portreeve.yaml', portDocument('cache', 6379).replace('10.0.3.7', '127.0.0.1'))
  place.put('gone.portreeve.yaml', portDocument('gone', 4711))
  for (const args of [
    ['scan', '--record', 'db-1.ss'],
    ['declare', '.'],
    ['close', 'gone', '--reason', 'not needed'],
  ]) {
    const { code, err } = await place.run(args)
    if (code !== 0) throw new Error(err)
  }
  const open = await bookAt(place.data)
  onTestFinished(() => open.close())
  return open
}

/** Read as C2SP tlog-proof says, not as it was written. */
function isProof(text: string, index: number, leaf: Uint8Array): boolean {
  const end = text.indexOf('\n\n')
  const note = text.slice(end + 2)
  const [version, position, ...hashes] = text.slice(0, end).split('\n')
  expect([version, position]).toEqual(['c2sp.org/tlog-proof@v1', `index ${index}`])
  const { size, root } = parseCheckpoint(parseNote(Buffer.from(note)).text)
  return verifyInclusion({
    leafHash: leafHash(leaf),
    index: BigInt(index),
    size: BigInt(size),
    root,
    proof: hashes.map((each) => new Uint8Array(Buffer.from(each, 'base64'))),
  })
}
