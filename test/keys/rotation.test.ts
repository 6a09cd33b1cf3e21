import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

import { verifyCheckpoint } from '../../src/ledger/checkpoint.ts'
import { parseNote } from '../../src/lib/signed-note.ts'
import { bookAt, expectSound, type OpenBook } from '../support/book.ts'

function dataFolder(): string {
  const data = mkdtempSync(join(tmpdir(), 'portreeve-rotation-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  return data
}

const rotate = ({ desk }: OpenBook, act: 'log' | 'log-end') =>
  desk.call('writeKeyAct', { body: { act }, possession: [] })
const noteOf = async ({ env }: OpenBook) => Buffer.from((await env.store.read.checkpoint()) ?? '')
const signersOf = async (book: OpenBook) =>
  parseNote(await noteOf(book)).signatures.map(({ name, keyId }) => `${name}+${keyId}`)
const logKeys = async ({ desk }: OpenBook) => (await desk.call('listKeys', {})).logKeys

const ROTATION = fileURLToPath(new URL('../support/killed-rotation.ts', import.meta.url))

/** The process ends at this moment: what it wrote stands, and nothing more happens. */
const ENDED = new Error('the process ended here')
function endAt(book: OpenBook, step: 'pin' | 'promoteNext'): void {
  Object.assign(book.env.key, { [step]: () => Promise.reject(ENDED) })
}

describe('the key of the log', { timeout: 60_000 }, () => {
  test('is followed by another, with an overlap that both sign', async () => {
    const data = dataFolder()
    const book = await bookAt(data)
    const old = readFileSync(join(data, 'log.key'))
    expect(await rotate(book, 'log')).toEqual({ index: 1, repeated: false })
    const [first, second] = await logKeys(book)
    const overlap = await noteOf(book)
    for (const key of [first?.key, second?.key])
      expect(verifyCheckpoint(overlap, key ?? '')).toMatchObject({ size: 2 })
    expect(readFileSync(join(data, 'log.key'))).toEqual(old)

    expect(await rotate(book, 'log-end')).toEqual({ index: 2, repeated: false })
    const after = await noteOf(book)
    expect(verifyCheckpoint(after, second?.key ?? '')).toMatchObject({ size: 3 })
    expect(() => verifyCheckpoint(after, first?.key ?? '')).toThrow(/did not sign/)
    expect(await logKeys(book)).toMatchObject([
      { from: 0, until: 2 },
      { from: 1, until: null },
    ])
    expect(readFileSync(join(data, 'log.key'))).not.toEqual(old)
    expect(existsSync(join(data, 'log.key.next'))).toBe(false)
    await book.close()

    const again = await bookAt(data)
    await again.desk.call('writeKeyAct', { body: { act: 'log' }, possession: [] })
    expect(await signersOf(again)).toHaveLength(2)
    expect(await expectSound(again)).toBe(4)
    await again.close()
  })

  test('does not end while it is the only one, and does not begin twice', async () => {
    const book = await bookAt(dataFolder())
    await expect(rotate(book, 'log-end')).rejects.toMatchObject({ code: 'conflict' })
    await rotate(book, 'log')
    await expect(rotate(book, 'log')).rejects.toMatchObject({ code: 'conflict' })
    await book.close()
  })

  test.each([
    [
      'the new key was made and nothing was written',
      async (book: OpenBook) => void (await book.env.key.makeNext()),
      1,
    ],
    [
      'the new key was announced and no checkpoint signed',
      async (book: OpenBook) => {
        endAt(book, 'pin')
        await rotate(book, 'log')
      },
      2,
    ],
    [
      'the old key was ended and no checkpoint signed',
      async (book: OpenBook) => {
        await rotate(book, 'log')
        endAt(book, 'pin')
        await rotate(book, 'log-end')
      },
      1,
    ],
    [
      'the old key was ended and the new one not in its place',
      async (book: OpenBook) => {
        await rotate(book, 'log')
        endAt(book, 'promoteNext')
        await rotate(book, 'log-end')
      },
      1,
    ],
  ])('a process that ends after %s leaves a book that opens and signs', async (_, upTo, signatures) => {
    const data = dataFolder()
    const ended = await bookAt(data)
    // Nothing is due any more that this process would sign beside the next one.
    await ended.book.checkpoint()
    expect(await upTo(ended).catch((error: unknown) => error)).toBeOneOf([undefined, ENDED])
    await ended.env.store.close()

    const book = await bookAt(data)
    await book.book.checkpoint()
    expect(await signersOf(book)).toHaveLength(signatures)
    const inForce = (await logKeys(book)).filter(({ until }) => until === null)
    expect(verifyCheckpoint(await noteOf(book), inForce.at(-1)?.key ?? '').size).toBe(
      (await book.env.store.read.head())?.size,
    )
    // Whatever was left open is brought to its end.
    if (inForce.length === 2) await rotate(book, 'log-end')
    else await rotate(book, 'log')
    expect(await signersOf(book)).toHaveLength(inForce.length === 2 ? 1 : 2)
    await expectSound(book)
    await book.close()
  })

  test('survives a process that is killed at any step of its replacement', { timeout: 240_000 }, async () => {
    let killed = 0
    for (let step = 1; ; step++) {
      const data = dataFolder()
      const begun = await bookAt(data)
      await begun.book.checkpoint()
      await begun.close()
      const { status, signal } = spawnSync(process.execPath, [ROTATION, data, String(step)])
      if (status === 0) break
      expect([step, signal]).toEqual([step, 'SIGKILL'])
      killed++
      const book = await bookAt(data)
      // Whatever was left open is brought to its end, by the same two commands.
      const inForce = (await logKeys(book)).filter(({ until }) => until === null)
      if (inForce.length === 1 && inForce[0]?.from === 0) await rotate(book, 'log')
      if ((await logKeys(book))[0]?.until === null) await rotate(book, 'log-end')
      await book.book.checkpoint()
      expect(await logKeys(book)).toMatchObject([{ from: 0 }, { until: null }])
      expect(await signersOf(book)).toHaveLength(1)
      expect(existsSync(join(data, 'log.key.next'))).toBe(false)
      await expectSound(book)
      await book.close()
    }
    expect(killed).toBeGreaterThan(12)
  })

  test('that a server lacks keeps it from signing, and says where the key is', async () => {
    const data = dataFolder()
    const book = await bookAt(data)
    await rotate(book, 'log')
    await book.close()
    rmSync(join(data, 'log.key.next'))
    const lacking = await bookAt(data)
    await expect(rotate(lacking, 'log-end')).rejects.toMatchObject({
      code: 'ledger-key',
      message: expect.stringMatching(/signed by the key [0-9a-f]{8} since entry 1/),
    })
    expect((await lacking.env.store.read.head())?.size).toBe(2)
    await lacking.env.store.close()
  })
})
