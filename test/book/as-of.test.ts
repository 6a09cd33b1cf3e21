import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { openBook } from '../../src/actions/book.ts'
import { deskOf } from '../../src/actions/desk.ts'
import type { Desk } from '../../src/api/operations.ts'
import { openEnvironment } from '../../src/wiring/environment.ts'
import { readSettings } from '../../src/wiring/settings.ts'
import { expectRefusal, workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'

const RUNS = process.env['PORTREEVE_SOAK'] === undefined ? 10 : 300

describe('the book as of a time', { timeout: 60_000 * RUNS }, () => {
  test('answers what it answered then, whatever was written since', async () => {
    const step = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      what: fc.constantFrom('declare', 'close', 'system'),
      port: fc.constantFrom(53, 5432, 8080),
      minutes: fc.integer({ min: 1, max: 90 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const clock = { at: Date.parse('2026-01-01T00:00:00.000Z') }
        const { desk, close } = await deskWith(() => new Date(clock.at).toISOString())
        const then = new Map<string, unknown>()
        for (const { name, what, port, minutes } of steps) {
          clock.at += minutes * 60_000
          if (what === 'declare')
            await declare(desk, portDocument(name, port).replace('owner: team/billing', 'system: s') + SYSTEM)
          if (what === 'system') await declare(desk, SYSTEM.replace('team/x', `team/${name}`))
          if (what === 'close')
            await desk.call('closeRecord', { kind: 'Port', name, reason: 'x' }).catch(noneThere)
          then.set(new Date(clock.at).toISOString(), await everything(desk))
        }
        clock.at += 60_000
        for (const [at, answers] of then) {
          expect(await everything(desk, at)).toEqual(answers)
          // Half a minute later, and in another zone, nothing had changed.
          const later = new Date(Date.parse(at) + 30_000).toISOString().replace('Z', '+00:00')
          expect(await everything(desk, later)).toEqual(answers)
        }
        await close()
      }),
      { numRuns: RUNS },
    )
  })

  test('counts an entry whose clock was set back behind those before it, and says so', async () => {
    const clock = { at: '2026-03-01T00:00:00.000Z' }
    const { desk, close } = await deskWith(() => clock.at)
    await declare(desk, portDocument('a', 1))
    clock.at = '2026-03-03T00:00:00.000Z'
    await declare(desk, portDocument('b', 2))
    clock.at = '2026-03-02T00:00:00.000Z'
    await declare(desk, portDocument('c', 3))
    clock.at = '2026-03-04T00:00:00.000Z'
    const at = async (time: string) => {
      const { asOf, ports } = await desk.call('listPorts', { at: time })
      return { asOf, records: ports.map(({ record }) => record) }
    }
    expect(await at('2026-03-02T12:00:00.000Z')).toEqual({
      records: ['a'],
      asOf: {
        at: '2026-03-02T12:00:00.000Z',
        size: 2,
        lastEntryAt: '2026-03-01T00:00:00.000Z',
        contradicted: true,
      },
    })
    expect(await at('2026-03-03T01:00:00.000+01:00')).toMatchObject({
      records: ['a', 'b', 'c'],
      asOf: { at: '2026-03-03T00:00:00.000Z', size: 4, contradicted: false },
    })
    await expect(at('2026-03-04T00:00:00.001Z')).rejects.toMatchObject({ code: 'bad-input' })
    await expect(at('2026-02-28T00:00:00.000Z')).rejects.toMatchObject({ code: 'not-found' })
    await close()
  })

  test('is asked for on the command line', async () => {
    const place = workplace()
    place.put('a.portreeve.yaml', portDocument('a', 5432))
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    const before = new Date().toISOString()
    place.put('a.portreeve.yaml', portDocument('a', 5433))
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    expect(await place.json(['ports', '--json', '--at', before])).toMatchObject({
      at: before,
      asOf: { at: before, size: 2 },
      ports: [{ record: 'a', port: 5432 }],
    })
    const shown = await place.run(['show', 'a', '--at', before])
    expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/^as of .*: the first 2 entries/) })
    expect(shown.out).toContain('5432')
    expect(shown.out).not.toContain('5433')
    expect((await place.run(['why', 'a', '--at', before])).out).toContain('5432')
    expectRefusal(await place.run(['ports', '--at', 'yesterday']), /RFC 3339|offset/)
    expectRefusal(await place.run(['ports', '--at', '2999-01-01T00:00:00Z']), /still to come/)
    expectRefusal(await place.run(['show', 'a', '--at', '1999-01-01T00:00:00Z']), /no book/, /begins on/)
  })
})

const SYSTEM = `---
apiVersion: portreeve.dev/v1
kind: System
metadata: { name: s }
spec: { owner: team/x }
`

async function declare(desk: Desk, text: string): Promise<void> {
  await desk.call('declare', { files: [{ name: 'a.portreeve.yaml', text }] })
}

function noneThere(): void {}

/** All that can be asked of a moment, without the moment itself. */
async function everything(desk: Desk, at?: string): Promise<unknown> {
  const when = at === undefined ? {} : { at }
  const { ports, total } = await desk.call('listPorts', when)
  const pages = []
  for (const { id } of ports) {
    const { suggestion: _, asOf: __, ...page } = await desk.call('showPort', { port: id, ...when })
    const { steps } = await desk.call('whyPort', { port: id, ...when })
    pages.push(page, steps)
  }
  const owners = await desk.call('portFacets', { by: 'owner', ...when })
  const sorted = await desk.call('listPorts', { sort: 'severity', order: 'desc', finding: 'info', ...when })
  const found = await desk.call('listPorts', { q: 'team/x', ...when })
  const { findings } = await desk.call('listFindings', when)
  const { documents } = await desk.call('listDocuments', when)
  return {
    ports,
    total,
    pages: JSON.parse(JSON.stringify(pages)),
    owners,
    sorted: sorted.ports,
    found: found.ports,
    findings,
    documents,
  }
}

/** A book whose clock the test holds. */
async function deskWith(
  now: () => string,
): Promise<{ readonly desk: Desk; readonly close: () => Promise<void> }> {
  const { data } = workplace()
  const env = { ...(await openEnvironment(await readSettings({ data }, {}), { readOnly: false })), now }
  const book = await openBook(env, 'portreeve/test')
  const close = async () => {
    await book.close()
    await env.store.close()
  }
  return { desk: deskOf(env, book), close }
}
