import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Environment } from '../../src/actions/environment.ts'
import { Observer } from '../../src/actions/observe.ts'
import { rebuild } from '../../src/actions/rebuild.ts'
import { SnapshotUnreadable } from '../../src/ledger/snapshot-files.ts'
import { Refusal } from '../../src/model/refusal.ts'
import type { Sighting } from '../../src/model/source.ts'
import { bookAt, expectSound, type OpenBook } from '../support/book.ts'
import { workplace } from '../support/cli.ts'
import { holder, hostOf, listening, type Scene } from '../support/host.ts'

const SOAK = process.env['PORTREEVE_SOAK'] !== undefined
const RUNS = SOAK ? 500 : 15

const HOSTS = ['db-1', 'db-1.example.com', 'DB-1', 'db-2'] as const
const PORTS = [53, 5432, 8080] as const
const ADDRESSES = ['127.0.0.1', '10.0.3.7', '*', '0.0.0.0', '::'] as const

type Step =
  | { readonly do: 'declare'; readonly documents: readonly Document[] }
  | { readonly do: 'close'; readonly kind: 'Port' | 'System' | 'Place'; readonly name: string }
  | { readonly do: 'pass'; readonly open: readonly Listener[]; readonly complete: boolean }
  | { readonly do: 'restart' }

type Document =
  | {
      readonly kind: 'Port'
      readonly name: string
      readonly host: string
      readonly port: number
      readonly address: string
      readonly system: string | null
    }
  | { readonly kind: 'System'; readonly name: string; readonly owner: string }
  | {
      readonly kind: 'Place'
      readonly name: string
      readonly inScope: boolean
      readonly identity: string | null
    }

interface Listener {
  readonly port: number
  readonly address: string
  readonly process: string
}

const document: fc.Arbitrary<Document> = fc.oneof(
  fc.record({
    kind: fc.constant('Port' as const),
    name: fc.constantFrom('a', 'b', 'c'),
    host: fc.constantFrom(...HOSTS),
    port: fc.constantFrom(...PORTS),
    address: fc.constantFrom(...ADDRESSES),
    system: fc.option(fc.constantFrom('s', 't')),
  }),
  fc.record({
    kind: fc.constant('System' as const),
    name: fc.constantFrom('s', 't'),
    owner: fc.constantFrom('team/x', 'team/y'),
  }),
  fc.record({
    kind: fc.constant('Place' as const),
    name: fc.constantFrom(...HOSTS),
    inScope: fc.boolean(),
    identity: fc.option(fc.constantFrom('id-1', 'id-2')),
  }),
)

const listener = fc.record({
  port: fc.constantFrom(...PORTS),
  address: fc.constantFrom(...ADDRESSES),
  process: fc.constantFrom('postgres', 'nginx', 'jane@home.org'),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('declare' as const),
      documents: fc.uniqueArray(document, {
        minLength: 1,
        maxLength: 5,
        selector: ({ kind, name }) => `${kind}/${name}`,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('close' as const),
      kind: fc.constantFrom('Port' as const, 'System' as const, 'Place' as const),
      name: fc.constantFrom('a', 'b', 's', ...HOSTS),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      open: fc.uniqueArray(listener, { maxLength: 5, selector: ({ port, address }) => `${address}:${port}` }),
      complete: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
)

describe('the fold', { timeout: SOAK ? 3_600_000 : 240_000 }, () => {
  test('of any sequence of declarations, closings and passes gives the same book again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const { data } = workplace()
        const book = await bookAt(data)
        try {
          await play(book, steps)
          expect(await expectSound(book)).toBeGreaterThanOrEqual(1)
        } finally {
          await book.close()
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('from any snapshot of its state on gives the same book as from the first entry on', async () => {
    let begun = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 8, maxLength: 20 }),
        fc.integer({ min: 2, max: 6 }),
        async (steps, snapshotEvery) => {
          const { data } = workplace()
          const book = await bookAt(data, { snapshotEvery })
          try {
            await play(book, steps)
            await expectSound(book)
            const names = await book.env.snapshots.files.list()
            for (let hidden = 0; hidden <= names.length; hidden++) {
              const report = await rebuild(hiding(book.env, hidden), { fromStart: false })
              expect(report).toMatchObject({ identical: true, passedOver: { length: hidden } })
              expect(report.from === null).toBe(hidden === names.length)
              if (report.from !== null) begun++
            }
          } finally {
            await book.close()
          }
        },
      ),
      { numRuns: RUNS },
    )
    expect(begun).toBeGreaterThan(RUNS)
  })
})

/** The same book, as if the files of its newest snapshots had been lost. */
function hiding(env: Environment, newest: number): Environment {
  const hidden = new Set<string>()
  const { files } = env.snapshots
  const read: typeof files.read = async function* (name, key) {
    if (hidden.size < newest) hidden.add(name)
    if (hidden.has(name)) throw new SnapshotUnreadable('lost')
    yield* files.read(name, key)
  }
  return { ...env, snapshots: { ...env.snapshots, files: { ...files, read } } }
}

/** What the book refuses it refuses; what it takes must fold. */
async function play(book: OpenBook, steps: readonly Step[]): Promise<void> {
  const scene: Scene = { sightings: [], addresses: ['10.0.3.7'] }
  const observe = () => new Observer(book.env, hostOf(scene), book.book, 1000)
  let observer = observe()
  for (const each of steps) {
    if (each.do === 'declare')
      await unlessRefused(
        book.desk.call('declare', {
          files: [{ name: 'x.portreeve.yaml', text: each.documents.map(textOf).join('\n---\n') }],
        }),
      )
    if (each.do === 'close')
      await unlessRefused(book.desk.call('closeRecord', { kind: each.kind, name: each.name, reason: 'gone' }))
    if (each.do === 'pass') {
      Object.assign(scene, { sightings: each.open.map(sightingOf), complete: each.complete })
      await observer.pass()
    }
    if (each.do === 'restart') {
      await observer.stop()
      observer = observe()
    }
    // A snapshot is of a moment in the middle, not of the end alone.
    await book.book.snapshots.settle()
  }
}

async function unlessRefused(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
  })
}

function sightingOf({ port, address, process: name }: Listener): Sighting {
  const family = address.includes(':') ? 'ipv6' : 'ipv4'
  return listening({ port, address, family, owners: [holder(name)] })
}

function textOf(document: Document): string {
  const { kind, name } = document
  return JSON.stringify({ apiVersion: 'portreeve.dev/v1', kind, metadata: { name }, spec: specOf(document) })
}

function specOf(document: Document): object {
  if (document.kind === 'System') return { owner: document.owner }
  if (document.kind === 'Place') {
    return {
      kind: 'host',
      inScope: document.inScope,
      ...(document.identity === null ? {} : { identity: document.identity }),
    }
  }
  const { host, port, address, system } = document
  return {
    at: { host },
    bindings: [{ transport: 'tcp', port, ...(address === '*' ? {} : { address }) }],
    purpose: 'For a test',
    ...(system === null ? { owner: 'team/z' } : { system }),
  }
}
