import { spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

import { PortsPage } from '../../src/api/views.ts'
import { bookAt, expectSound, type OpenBook } from '../support/book.ts'
import { gather, until, workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { openListener } from '../support/listener.ts'
import { loneHost } from '../support/lone-host.ts'
import { startServer } from '../support/server.ts'

const LOOP = fileURLToPath(new URL('../support/declare-loop.ts', import.meta.url))
const ROUNDS = process.env['PORTREEVE_SOAK'] === undefined ? 10 : 300

interface Acknowledged {
  readonly index: number
  readonly name: string
}

/** Declares in a process that is killed after so many documents were acknowledged, or after so long at the latest. */
async function declareUntilKilled(
  data: string,
  first: number,
  when: { documents: number; milliseconds: number },
): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, [LOOP, data, String(first)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = [gather(child.stdout), gather(child.stderr)]
  const gone = new Promise((resolve) => child.once('close', resolve))
  const count = () => out().split('\n').length - 1
  const began = Date.now()
  // It kills in the middle of what comes next: no moment of the loop is safer than another.
  await until('enough was acknowledged', () => {
    if (child.exitCode !== null) throw new Error(`the loop ended: ${err()}`)
    return count() >= when.documents || Date.now() - began > when.milliseconds || null
  })
  child.kill('SIGKILL')
  await gone
  const whole = out().split('\n').slice(0, -1)
  return whole.map((line) => ({ index: Number(line.split(' ')[0]), name: line.split(' ')[1] ?? '' }))
}

describe('kill -9 at any moment', { timeout: 60_000 * ROUNDS }, () => {
  test('the book opens, nothing acknowledged is missing, and it folds to the same', async () => {
    const { data } = workplace()
    const acknowledged: Acknowledged[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const when = { documents: randomInt(1, 30), milliseconds: 60_000 }
      const told = await declareUntilKilled(data, round * 10_000, when)
      acknowledged.push(...told)
      const book = await bookAt(data)
      expect(await expectSound(book)).toBeGreaterThan(told.at(-1)?.index ?? 0)
      await expectHeld(book, told)
      await book.close()
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS)
    const book = await bookAt(data)
    await expectHeld(book, acknowledged)
    await book.close()
  })

  test('a book whose first process died while it made it can be made', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { data } = workplace()
      await declareUntilKilled(data, 0, { documents: 1, milliseconds: randomInt(50, 600) })
      const book = await bookAt(data)
      expect(await expectSound(book)).toBeGreaterThanOrEqual(1)
      await book.close()
    }
  })
})

describe.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')(
  'a full disk',
  { timeout: 180_000 },
  () => {
    test('is told with 75, and after room was made everything acknowledged is there', async () => {
      const place = smallDisk()
      const acknowledged = ['first']
      place.put('first.portreeve.yaml', portDocument('first', 1))
      expect(await place.run(['declare', 'first.portreeve.yaml'])).toMatchObject({ code: 0 })
      const giveBack = fillDisk(place.data)
      const ran = await until('the disk is full', async () => {
        const name = `next-${acknowledged.length}`
        place.put('next.portreeve.yaml', bulky(name))
        const ended = await place.run(['declare', 'next.portreeve.yaml'])
        if (ended.code === 0) acknowledged.push(name)
        return ended.code === 0 ? null : ended
      })
      expect(ran).toMatchObject({ code: 75, out: '' })
      expect(ran.err).toMatch(/^portreeve: error: .*disk/)
      expect(ran.err).toMatch(/^portreeve: hint: /m)
      giveBack()
      await expectAll(place.data, acknowledged)
    })

    test('ends a running server with 75, which opens again', async () => {
      const place = smallDisk()
      const server = await startServer(place, ['--observe', '0'])
      place.put('first.portreeve.yaml', portDocument('first', 1))
      expect(await place.run(['declare', 'first.portreeve.yaml'])).toMatchObject({ code: 0 })
      const giveBack = fillDisk(place.data)
      const acknowledged = ['first']
      const code = await until('the disk is full', async () => {
        const name = `next-${acknowledged.length}`
        place.put('next.portreeve.yaml', bulky(name))
        const { code } = await place.run(['declare', 'next.portreeve.yaml'])
        if (code === 0) acknowledged.push(name)
        return code === 0 ? null : code
      })
      expect(code).toBe(75)
      expect(await until('the server has ended', () => server.process.exitCode)).toBe(75)
      giveBack()
      await expectAll(place.data, acknowledged)
      const again = await startServer(place, ['--observe', '0'])
      expect(await again.get('/api/v1/documents?kind=Port')).toMatchObject({
        documents: expect.arrayContaining([expect.objectContaining({ name: 'first' })]),
      })
    })

    test('ends a server that finds something to write by itself', async () => {
      const { data } = smallDisk()
      const enter = await loneHost()
      const place = workplace({ enter, data })
      const server = await startServer(place, ['--observe', '1'])
      const giveBack = fillDisk(data, 0)
      openListener(place, enter, 18_084)
      expect(await until('the server has ended', () => server.process.exitCode)).toBe(75)
      expect(server.err()).toMatch(/^portreeve: error: .*(disk|ENOSPC)/m)
      expect(server.err()).toMatch(/^portreeve: hint: /m)
      giveBack()
      const again = await startServer(place, ['--observe', '1'])
      await until('the port is seen', async () => {
        const { ports } = PortsPage.parse(await again.get('/api/v1/ports?port=18084'))
        return ports.length === 1 || null
      })
    })

    test('at the very beginning leaves nothing that stands in the way', async () => {
      const place = smallDisk()
      const giveBack = fillDisk(place.data, 0)
      const ran = await place.run(['ports'])
      expect(ran).toMatchObject({ code: 75, out: '' })
      expect(ran.err).toMatch(/^portreeve: error: .*(disk|key)/)
      giveBack()
      expect(await place.run(['ports'])).toMatchObject({ code: 0 })
    })
  },
)

async function expectHeld({ desk }: OpenBook, acknowledged: readonly Acknowledged[]): Promise<void> {
  for (const { index, name } of acknowledged) {
    expect((await desk.call('showEntry', { index })).body).toMatchObject({ name })
  }
}

/** A data folder on a disk of 4 MB. */
function smallDisk(): Workplace {
  const place = workplace()
  mkdirSync(place.data, { mode: 0o700 })
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', place.data]).status).toBe(0)
  onTestFinished(() => void spawnSync('umount', ['--lazy', place.data]))
  return place
}

/** Fills the disk but for so many bytes; the answer gives the room back. */
function fillDisk(data: string, spare = 300_000): () => void {
  const { bavail, bsize } = statfsSync(data)
  const ballast = join(data, 'ballast')
  try {
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - spare))
  } catch (error) {
    // A server that writes at the same moment takes some of the room: then the disk is as full as it should be.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
  return () => rmSync(ballast)
}

function bulky(name: string): string {
  return Array.from({ length: 40 }, (_, n) =>
    portDocument(`${name}-${n}`, n + 1, { purpose: 'x'.repeat(500) }),
  ).join('---\n')
}

/** Each name stands for one file of documents. */
async function expectAll(data: string, names: readonly string[]): Promise<void> {
  const book = await bookAt(data)
  await expectSound(book)
  const { documents } = await book.desk.call('listDocuments', { kind: 'Port' })
  const held = new Set(documents.map(({ name }) => name))
  for (const name of names) expect(held).toContain(name === 'first' ? name : `${name}-39`)
  await book.close()
}
