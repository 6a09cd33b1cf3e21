import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  entriesAfter,
  findingRow,
  placeRow,
  portRow,
  sightingRow,
  AT,
} from '../../../test/support/book-rows.ts'
import { HeadMoved, type EntryQuery } from '../../ledger/store.ts'
import type { CoverageRow, DocumentRow, PortFilter, PortRow, PortSort } from '../../registry/book.ts'
import type { Store } from './store.ts'

/** One book of a test, on one engine. */
export interface TestBook {
  /** Opens it, or opens it again: stores of one book see each other's commits. */
  open(): Promise<Store>
  /** Arguments of test/support/append-loop.ts. */
  readonly appendLoop: readonly [engine: string, at: string]
  remove(): Promise<void>
}

/** What any store promises. Run against each engine. */
export function storeContract(create: () => Promise<TestBook>): void {
  let book: TestBook
  let store: Store
  beforeEach(async () => {
    book = await create()
    store = await book.open()
  })
  afterEach(async () => {
    await store.close()
    await book.remove()
  })

  const reopen = async (): Promise<void> => {
    await store.close()
    store = await book.open()
  }
  const append = async (count: number, to: Store = store): Promise<void> => {
    const old = await to.read.head()
    const { entries, next } = entriesAfter(old, count)
    await to.transact((tx) => tx.append(entries, new Map(), old, next))
  }
  const put = (...rows: readonly PortRow[]): Promise<void> => store.transact((tx) => tx.putPorts(rows))
  const indexes = async (query: EntryQuery): Promise<readonly number[]> =>
    (await store.read.entries(query)).map((entry) => entry.index)
  const ids = async (
    filter: PortFilter,
    by: PortSort = 'id',
    descending = false,
  ): Promise<readonly string[]> => (await walk(store, filter, by, descending)).map((row) => row.id)

  describe('the ledger', () => {
    test('a new book has no log', async () => {
      expect(await store.read.head()).toBeNull()
      expect(await store.read.checkpoint()).toBeNull()
      expect(await store.read.entries({ from: 0, limit: 10 })).toEqual([])
    })

    test('an entry is read back as it was written, byte for byte, after the book was closed', async () => {
      const { entries, next } = entriesAfter(null, 5)
      const salt = new Uint8Array(32).fill(0xff)
      const sealed = [
        { pointer: '/a', salt, value: JSON.stringify('\u0000é') },
        { pointer: '/b', salt, value: '1' },
      ]
      await store.transact(async (tx) => {
        await tx.append(entries, new Map([[3, sealed]]), null, next)
        await tx.saveCheckpoint(5, 'five\n')
      })
      await reopen()
      expect(await store.read.head()).toEqual(next)
      expect(await store.read.entries({ from: 0, limit: 10 })).toEqual(entries)
      expect(await store.read.entry(3)).toEqual(entries[3])
      expect(await store.read.entry(5)).toBeNull()
      expect(await store.read.entryById(entries[4]?.id ?? '')).toEqual(entries[4])
      expect(await store.read.sealed(3)).toEqual(sealed)
      expect(await store.read.sealed(2)).toEqual([])
      expect(await store.read.sealedBetween(0, 5)).toEqual(new Map([[3, sealed]]))
      expect(await store.read.leafHashes(1, 3)).toEqual(entries.slice(1, 3).map((entry) => entry.leafHash))
      expect(await store.read.checkpoint()).toBe('five\n')
    })

    test('entries are listed from an index, in both directions, by type', async () => {
      await append(6)
      expect(await indexes({ from: 2, limit: 3 })).toEqual([2, 3, 4])
      expect(await indexes({ from: 4, limit: 3, descending: true })).toEqual([4, 3, 2])
      expect(await indexes({ from: 0, limit: 9, types: ['sighting'] })).toEqual([1, 3, 5])
      expect(await indexes({ from: 5, limit: 9, types: ['genesis', 'coverage'], descending: true })).toEqual([
        4, 2, 0,
      ])
      expect(await indexes({ from: 0, limit: 9, types: [] })).toEqual([])
    })

    test('entries are listed by what they speak of: a place, or a port with its record', async () => {
      await append(12)
      const document = {
        kind: 'Port',
        name: 'shop',
        fromIndex: 4,
        toIndex: null,
        declaredAt: AT,
        declaredBy: 'x',
        firstDeclaredAt: AT,
        digest: 'd',
        position: null,
        spec: { at: { host: 'db-1' } },
      } as const
      await store.transact(async (tx) => {
        await tx.putSightings([
          sightingRow({ place: 'db-1', source: 's', key: 'a', fromIndex: 1 }),
          sightingRow({ place: 'db-1', source: 's', key: 'b', fromIndex: 3 }),
          sightingRow({ place: 'db-2', source: 's', key: 'a', fromIndex: 5 }),
        ])
        await tx.putSightings([sightingRow({ place: 'db-1', source: 's', key: 'a', fromIndex: 7 })])
        await tx.putCoverage([
          beat(2, 'db-1', '2026-11-02', '2026-11-03'),
          beat(6, 'db-2', '2026-11-02', '2026-11-03'),
        ])
        await tx.putDocuments([document, { ...document, name: 'other', spec: { at: { host: 'db-2' } } }])
        await tx.endDocuments([document], 10)
      })
      const all = { from: 11, limit: 99, descending: true }
      const place = { place: 'db-1', keys: null, documents: { at: ['db-1'] } }
      expect(await indexes({ ...all, about: place })).toEqual([10, 7, 4, 3, 2, 1])
      expect(await indexes({ ...all, from: 4, limit: 2, about: place })).toEqual([4, 3])
      expect(await indexes({ ...all, about: place, types: ['sighting'] })).toEqual([7, 3, 1])
      const port = { place: 'db-1', keys: ['a'], documents: { named: ['shop'] } }
      expect(await indexes({ ...all, about: port })).toEqual([10, 7, 4, 1])
      expect(await indexes({ ...all, about: { ...port, documents: { named: [] } } })).toEqual([7, 1])
    })

    test('the newest checkpoint is the one of the largest tree', async () => {
      await store.transact(async (tx) => {
        await tx.saveCheckpoint(10, 'ten')
        await tx.saveCheckpoint(9, 'nine')
        await tx.saveCheckpoint(10, 'ten again')
      })
      expect(await store.read.checkpoint()).toBe('ten again')
    })

    test('of two that append to the same head one gets HeadMoved, and leaves nothing behind', async () => {
      await append(1)
      const other = await book.open()
      try {
        const old = await store.read.head()
        const mine = entriesAfter(old, 1, () => 'mine')
        const theirs = entriesAfter(old, 1, () => 'theirs')
        const outcomes = await Promise.allSettled([
          store.transact(async (tx) => {
            await tx.putPorts([portRow({ id: 'mine' })])
            await tx.append(mine.entries, new Map(), old, mine.next)
          }),
          other.transact(async (tx) => {
            await tx.putPorts([portRow({ id: 'theirs' })])
            await tx.append(theirs.entries, new Map(), old, theirs.next)
          }),
        ])
        const lost = outcomes.flatMap((outcome) =>
          outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
        )
        expect(lost).toEqual([expect.any(HeadMoved)])
        const winner = outcomes[0]?.status === 'fulfilled' ? 'mine' : 'theirs'
        expect((await store.read.entry(1))?.id).toBe(winner)
        expect(await ids({})).toEqual([winner])
      } finally {
        await other.close()
      }
    })

    test('of two that begin the log one gets HeadMoved', async () => {
      const { entries, next } = entriesAfter(null, 1)
      await append(1)
      await expect(store.transact((tx) => tx.append(entries, new Map(), null, next))).rejects.toThrow(
        HeadMoved,
      )
    })

    test('at a time it has the entries before the first that says a later one, however its clock went', async () => {
      // Times in any order, cut into appends of any length: what the rows of `entry_time` say is what a walk finds.
      const times = [...seconds(700), ...seconds(350, 300), ...seconds(900, 600), ...seconds(20, 10)]
      let head = await store.read.head()
      for (let from = 0; from < times.length; from += from % 3 === 0 ? 1 : 411) {
        const until = from % 3 === 0 ? from + 1 : Math.min(from + 411, times.length)
        const { entries, next } = entriesAfter(head, until - from)
        const timed = entries.map((entry) => ({ ...entry, at: times[entry.index] ?? '' }))
        const old = head
        await store.transact((tx) => tx.append(timed, new Map(), old, next))
        head = next
      }
      const asked = [...seconds(1000).filter((_, n) => n % 7 === 0), '2025-01-01T00:00:00.000Z']
      const found = async () => Promise.all(asked.map((at) => store.read.sizeAt(at)))
      const expected = asked.map((at) => {
        const later = times.findIndex((time) => time > at)
        const size = later === -1 ? times.length : later
        return { size, isContradicted: times.slice(size).some((time) => time <= at) }
      })
      expect(await found()).toEqual(expected)
      // A rebuild makes the rows anew.
      await store.bulk(async () => undefined)
      expect(await found()).toEqual(expected)
    })

    test('an append that leaves an index out is a bug, and changes nothing', async () => {
      const { entries, next } = entriesAfter(null, 3)
      const gap = entries.filter((entry) => entry.index !== 1)
      await expect(store.transact((tx) => tx.append(gap, new Map(), null, next))).rejects.toThrow(
        'each index once',
      )
      expect(await store.read.head()).toBeNull()
    })

    test('the same client id twice is refused, and the head stays', async () => {
      const { entries, next } = entriesAfter(null, 2, () => 'same')
      await expect(store.transact((tx) => tx.append(entries, new Map(), null, next))).rejects.toThrow(
        /unique/i,
      )
      expect(await store.read.head()).toBeNull()
    })

    test(
      'after kill -9 the book opens, and nothing acknowledged is missing',
      { timeout: 60_000 },
      async () => {
        for (const acknowledged of [1, 7, 20]) {
          const last = await appendUntilKilled(book, acknowledged)
          await reopen()
          const head = await store.read.head()
          const entries = await store.read.entries({ from: 0, limit: 100_000 })
          expect(head?.size).toBeGreaterThan(last)
          expect(entries.length).toBe(head?.size)
          expect(head?.root).toEqual(entriesAfter(null, entries.length).next.root)
          expect((await store.read.port('db-1/net:1/*:5432/tcp'))?.fromIndex).toBe(entries.length - 1)
        }
      },
    )
  })

  describe('a transaction', () => {
    test('that throws has written nothing', async () => {
      const work = store.transact(async (tx) => {
        await tx.putPorts([portRow({ id: 'a' })])
        throw new Error('changed my mind')
      })
      await expect(work).rejects.toThrow('changed my mind')
      expect(await ids({})).toEqual([])
      await put(portRow({ id: 'b' }))
      expect(await ids({})).toEqual(['b'])
    })

    test('is seen by others when it is committed, and by itself before', async () => {
      await store.transact(async (tx) => {
        await tx.putPorts([portRow({ id: 'a' })])
        expect(await tx.port('a')).not.toBeNull()
        expect(await store.read.port('a')).toBeNull()
      })
      expect(await store.read.port('a')).not.toBeNull()
    })

    test('waits for the one before it', async () => {
      const done: string[] = []
      const slow = store.transact(async (tx) => {
        await tx.head()
        await new Promise((resolve) => setTimeout(resolve, 20))
        done.push('first')
      })
      await Promise.all([slow, store.transact(async () => void done.push('second'))])
      expect(done).toEqual(['first', 'second'])
    })
  })

  describe('ports', () => {
    test('a row is read back as it was put', async () => {
      const row = portRow({
        id: 'db-1/net:1/[fe80::1]%eth0:5432/tcp',
        place: 'db-1',
        device: 'eth0',
        address: 'fe80::1',
        service: { name: 'postgresql', by: 'guess' },
        processes: [
          { pid: 812, name: 'postgres', path: null, user: 'postgres', unit: null, container: null },
        ],
        record: 'billing-db',
        system: 'billing',
        owner: 'team/billing',
        environment: 'prod',
        purpose: 'NUL \u0000, quote ", 💾',
        documented: 'documented',
        since: { notBefore: null, notAfter: AT },
        flaps: { count: 2, first: AT, last: AT },
        flags: ['shared'],
        sources: ['linux-host:db-1'],
        rules: ['drift.wider-than-declared'],
        severity: 'high',
      })
      await put(row)
      expect(await store.read.port(row.id)).toEqual(row)
      expect(await store.read.portsAt('db-1')).toEqual([row])
    })

    test('a put ends the row that holds; "as of" sees what held then', async () => {
      await put(portRow({ id: 'a', fromIndex: 3, owner: 'old', rules: ['drift.unseen'], severity: 'low' }))
      await put(portRow({ id: 'a', fromIndex: 7, owner: 'new' }))
      await store.transact((tx) => tx.endPorts(['a', 'unknown'], 9))
      const history = await store.read.portHistory('a')
      expect(history.map(({ owner, fromIndex, toIndex }) => [owner, fromIndex, toIndex])).toEqual([
        ['old', 3, 7],
        ['new', 7, 9],
      ])
      expect(await store.read.port('a')).toBeNull()
      const ownersAsOf = async (asOf: number): Promise<readonly (string | null)[]> =>
        (await walk(store, { asOf })).map((row) => row.owner)
      expect(await Promise.all([2, 3, 6, 7, 8, 9].map(ownersAsOf))).toEqual([
        [],
        ['old'],
        ['old'],
        ['new'],
        ['new'],
        [],
      ])
      expect(await ids({ asOf: 3, finding: 'info' })).toEqual(['a'])
      expect(await ids({ asOf: 7, finding: 'info' })).toEqual([])
      expect(await ids({ asOf: 4, text: 'OLD' })).toEqual(['a'])
      expect(await store.read.facet('finding', { asOf: 3 }, 9)).toEqual([{ value: 'drift.unseen', count: 1 }])
    })

    test('a put from the same index replaces; several of one id in a batch follow each other', async () => {
      await put(portRow({ id: 'a', fromIndex: 1, owner: 'first', rules: ['drift.unseen'], severity: 'low' }))
      await put(portRow({ id: 'a', fromIndex: 1, owner: 'second' }))
      await put(
        portRow({ id: 'a', fromIndex: 2, owner: 'third' }),
        portRow({ id: 'a', fromIndex: 5, owner: 'fourth' }),
      )
      const history = await store.read.portHistory('a')
      expect(history.map(({ owner, fromIndex, toIndex }) => [owner, fromIndex, toIndex])).toEqual([
        ['second', 1, 2],
        ['third', 2, 5],
        ['fourth', 5, null],
      ])
      expect(await ids({ text: 'second' })).toEqual([])
      expect(await ids({ text: 'fourth' })).toEqual(['a'])
      expect(await ids({ finding: 'info' })).toEqual([])
    })

    test('names sort by their bytes on every engine', async () => {
      const names = [
        'a',
        'A',
        'b',
        'B',
        '-',
        '_',
        'a-b',
        'a_b',
        'a.b',
        'ab',
        'é',
        'e\u0301',
        'z',
        'Z',
        'ß',
        'ss',
        'I',
        'ı',
        '日本',
        '💾',
        '\uff5e',
        '10',
        '9',
        ' ',
        '~',
      ]
      await put(...names.map((id) => portRow({ id, owner: id })))
      const byBytes = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      expect(await ids({})).toEqual(byBytes)
      expect(await ids({}, 'owner')).toEqual(byBytes)
      expect(await ids({}, 'owner', true)).toEqual(byBytes.toReversed())
    })

    test(
      'every filter, sort and page gives what a reading of the whole book would',
      { timeout: 120_000 },
      async () => {
        const rows = fc
          .sample(anyPort, { numRuns: 150, seed: 8460 })
          .map((row, at) => ({ ...row, id: `${row.place}/${at}` }))
        await put(...rows)
        await fc.assert(
          fc.asyncProperty(
            anyFilter,
            anySort,
            fc.integer({ min: 1, max: 60 }),
            async (filter, { by, descending }, limit) => {
              const expected = inOrder(
                rows.filter((row) => passes(row, filter)),
                by,
                descending,
              )
              const found = await walk(store, filter, by, descending, limit)
              expect(found.map((row) => row.id)).toEqual(expected.map((row) => row.id))
              const counted = { count: Math.min(limit, expected.length), exact: expected.length <= limit }
              expect(await store.read.countPorts(filter, limit)).toEqual(counted)
              const owners = await store.read.facet('owner', filter, 100)
              expect(owners).toEqual(countsOf(expected.map((row) => row.owner)))
              const rules = await store.read.facet('finding', filter, 100)
              expect(rules).toEqual(countsOf(expected.flatMap((row) => row.rules)))
            },
          ),
          { numRuns: 150 },
        )
      },
    )

    test('a search takes its text literally, in either case', async () => {
      await put(
        portRow({ id: 'a', purpose: '100% "sure"_\\ of ÄÖ' }),
        portRow({ id: 'b', purpose: '100 per cent' }),
        portRow({
          id: 'c',
          processes: [{ pid: 1, name: 'Nginx', path: null, user: null, unit: null, container: null }],
        }),
      )
      const cases = {
        '100%': ['a'],
        '%': ['a'],
        'E"_\\': ['a'],
        äö: ['a'],
        'OF Ä': ['a'],
        '100': ['a', 'b'],
        nginx: ['c'],
        "' OR 1": [],
        '"': ['a'],
        '*': [],
        'a AND b': [],
      }
      for (const [text, found] of Object.entries(cases))
        expect([text, await ids({ text })]).toEqual([text, found])
    })

    test('a search text of any length is answered or refused', async () => {
      await put(portRow({ id: 'a', purpose: 'x'.repeat(2_000) }))
      expect(await ids({ text: 'x'.repeat(1_000) })).toEqual(['a'])
      expect(await ids({ text: `${'%_'.repeat(400)}💾` })).toEqual([])
      await expect(ids({ text: 'x'.repeat(100_000) })).rejects.toMatchObject({ code: 'bad-input' })
    })

    test('a cursor that this list did not give out is refused', async () => {
      await put(portRow({ id: 'a' }), portRow({ id: 'b' }), portRow({ id: 'c' }))
      const { next } = await store.read.ports(
        {},
        { by: 'owner', descending: false },
        { limit: 1, cursor: null },
      )
      const cursors = [
        next,
        '',
        '!',
        'a'.repeat(100_000),
        forged(['id', 1]),
        forged(['id']),
        forged({}),
        forged(null),
        forged(['id', 'a', 'b']),
      ]
      for (const cursor of cursors) {
        const page = store.read.ports({}, { by: 'id', descending: false }, { limit: 1, cursor })
        await expect(page).rejects.toMatchObject({ code: 'bad-input' })
      }
    })
  })

  describe('findings', () => {
    const findings = [
      findingRow({ fingerprint: 'f1', severity: 'low', port: 'p1', place: 'db-1' }),
      findingRow({
        fingerprint: 'f2',
        severity: 'critical',
        rule: 'drift.unseen',
        record: 'r1',
        place: 'db-1',
      }),
      findingRow({ fingerprint: 'f3', severity: 'high', port: 'p1', place: 'db-2' }),
      findingRow({ fingerprint: 'f0', severity: 'low', port: 'p2', place: 'db-2' }),
    ]

    test('the gravest come first, page by page', async () => {
      await store.transact((tx) => tx.putFindings(findings))
      const first = await store.read.findings({}, { limit: 3, cursor: null })
      expect(first.items.map((row) => row.fingerprint)).toEqual(['f2', 'f3', 'f0'])
      const second = await store.read.findings({}, { limit: 3, cursor: first.next })
      expect(second).toEqual({ items: [findings[0]], next: null })
      await expect(store.read.findings({}, { limit: 3, cursor: 'x' })).rejects.toMatchObject({
        code: 'bad-input',
      })
    })

    test('are asked for by port, record, place, rule and severity', async () => {
      await store.transact((tx) => tx.putFindings(findings))
      const found = async (query: Parameters<Store['read']['findings']>[0]): Promise<readonly string[]> =>
        (await store.read.findings(query, { limit: 9, cursor: null })).items.map((row) => row.fingerprint)
      expect(await found({ port: 'p1' })).toEqual(['f3', 'f1'])
      expect(await found({ record: 'r1' })).toEqual(['f2'])
      expect(await found({ place: 'db-2' })).toEqual(['f3', 'f0'])
      expect(await found({ rule: 'drift.undeclared', atLeast: 'high' })).toEqual(['f3'])
      expect(await found({ atLeast: 'info' })).toHaveLength(4)
      expect(await store.read.findingCounts()).toEqual([
        { rule: 'drift.unseen', severity: 'critical', count: 1 },
        { rule: 'drift.undeclared', severity: 'high', count: 1 },
        { rule: 'drift.undeclared', severity: 'low', count: 2 },
      ])
    })

    test('that ended are no longer asked for', async () => {
      await store.transact(async (tx) => {
        await tx.putFindings(findings)
        await tx.endFindings(['f1'], 4)
        expect(await tx.findingsAt('db-1')).toEqual([findings[1]])
      })
      expect((await store.read.findings({ port: 'p1' }, { limit: 9, cursor: null })).items).toEqual([
        findings[2],
      ])
    })
  })

  describe('documents', () => {
    test('keep every version, and are found by the place and the system that they name', async () => {
      const first = documentRow({
        name: 'db',
        fromIndex: 1,
        spec: { system: 'billing', at: { host: 'db-1' } },
      })
      const second = { ...first, fromIndex: 4, digest: 'sha256:02' }
      const pod = documentRow({
        name: 'pod',
        spec: { at: { kubernetes: { cluster: 'c', namespace: 'n', workload: 'w' } } },
      })
      const compose = documentRow({
        name: 'web',
        spec: { at: { compose: { project: 'shop', service: 'web' } } },
      })
      const system = documentRow({ kind: 'System', name: 'billing', spec: { system: 'billing' } })
      await store.transact((tx) => tx.putDocuments([first, pod, compose, system]))
      await store.transact((tx) => tx.putDocuments([second]))
      expect(await store.read.document('Port', 'db')).toEqual(second)
      expect(await store.read.documentHistory('Port', 'db')).toEqual([{ ...first, toIndex: 4 }, second])
      expect((await store.read.documents()).map((row) => row.name)).toEqual(['db', 'pod', 'web', 'billing'])
      expect((await store.read.documents('System')).map((row) => row.name)).toEqual(['billing'])
      expect(await store.read.recordsAt('db-1')).toEqual([second])
      expect(await store.read.recordsAt('c/n')).toEqual([pod])
      expect(await store.read.recordsAt('shop')).toEqual([compose])
      expect(await store.read.recordsOf('billing')).toEqual([second])
      await store.transact((tx) => tx.endDocuments([{ kind: 'Port', name: 'db' }], 6))
      expect(await store.read.document('Port', 'db')).toBeNull()
      expect(await store.read.recordsAt('db-1')).toEqual([])
    })

    test('say which documents name them now, by kind and name', async () => {
      const zone = documentRow({ kind: 'Zone', name: 'app', spec: {} })
      const port = documentRow({
        name: 'db',
        fromIndex: 1,
        spec: { at: { host: 'db-1' }, system: 'billing', audience: ['app', 'lan'] },
      })
      const system = documentRow({ kind: 'System', name: 'billing', spec: { contracts: ['dpa'] } })
      await store.transact((tx) => tx.putDocuments([zone, system, { ...port, name: 'web' }, port]))
      const naming = (kind: 'Zone' | 'Contract' | 'System', name: string, limit = 9) =>
        store.read.documentsNaming(kind, name, limit)
      const [db, web] = ['db', 'web'].map((name) => ({ kind: 'Port', name }))
      expect(await naming('Zone', 'app')).toEqual([db, web])
      expect(await naming('Zone', 'app', 1)).toEqual([db])
      expect(await naming('System', 'billing')).toEqual([db, web])
      expect(await naming('System', 'billing', 1)).toEqual([db])
      expect(await naming('Contract', 'dpa')).toEqual([{ kind: 'System', name: 'billing' }])
      expect(await naming('Contract', 'app')).toEqual([])
      await store.transact(async (tx) => {
        await tx.putDocuments([{ ...port, fromIndex: 4, spec: { at: { host: 'db-1' }, audience: ['lan'] } }])
        await tx.endDocuments([{ kind: 'System', name: 'billing' }], 5)
      })
      expect(await naming('Zone', 'app')).toEqual([web])
      expect(await naming('Zone', 'lan')).toEqual([db, web])
      expect(await naming('System', 'billing')).toEqual([web])
      expect(await naming('Contract', 'dpa')).toEqual([])
    })
  })

  describe('places and what is seen there', () => {
    const claim = {
      kind: 'host',
      name: 'x',
      identity: null,
      names: [],
      addresses: [],
      realm: 'default',
    } as const

    test('a place is found by its name, identity, other names, and addresses within the realm', async () => {
      const place = placeRow({ id: 'db-1', identity: 'i1', names: ['db-1.example'], addresses: ['10.0.0.1'] })
      await store.transact((tx) => tx.putPlaces([place, placeRow({ id: 'db-2' })]))
      const like = async (part: object): Promise<readonly string[]> =>
        (await store.read.placesLike({ ...claim, ...part })).map((row) => row.id)
      expect(await like({})).toEqual([])
      expect(await like({ name: 'db-1' })).toEqual(['db-1'])
      expect(await like({ identity: 'i1', names: ['db-2'] })).toEqual(['db-1', 'db-2'])
      expect(await like({ name: 'db-1.example' })).toEqual(['db-1'])
      expect(await like({ addresses: ['10.0.0.1'] })).toEqual(['db-1'])
      expect(await like({ addresses: ['10.0.0.1'], realm: 'other' })).toEqual([])
      const moved = { ...place, fromIndex: 2, addresses: ['10.0.0.9'] }
      await store.transact((tx) => tx.putPlaces([moved]))
      expect(await like({ addresses: ['10.0.0.1'] })).toEqual([])
      expect(await store.read.place('db-1')).toEqual(moved)
      expect(await store.read.place('db-3')).toBeNull()
      expect((await store.read.places()).map((row) => row.id)).toEqual(['db-1', 'db-2'])
    })

    test('sightings are asked for by place, source and key', async () => {
      const [a, b, c] = [
        sightingRow({ place: 'db-1', source: 's1', key: 'k1' }),
        sightingRow({ place: 'db-1', source: 's2', key: 'k1', fromIndex: 2 }),
        sightingRow({ place: 'db-2', source: 's1', key: 'k1' }),
      ]
      const later = { ...a, fromIndex: 5, flaps: { count: 3, first: AT, last: AT } }
      await store.transact((tx) => tx.putSightings([a, b, c]))
      await store.transact((tx) => tx.putSightings([later]))
      expect(await store.read.sightings('db-1')).toEqual([later, b])
      expect(await store.read.sightings('db-1', 's2')).toEqual([b])
      expect(await store.read.sightingHistory('db-1', 'k1')).toEqual([{ ...a, toIndex: 5 }, b, later])
    })

    test('a source has one row at a place; coverage is asked for by place and time', async () => {
      const source = {
        place: 'db-1',
        source: 's',
        kind: 'linux-host',
        vantage: null,
        state: 'observing',
        lastPass: AT,
        lastComplete: null,
        intervalMs: 5000,
        absent: [],
        claim,
      } as const
      const stopped = { ...source, state: 'stopped' } as const
      const [monday, tuesday, other] = [
        beat(1, 'db-1', '2026-11-02', '2026-11-03'),
        beat(2, 'db-1', '2026-11-03', '2026-11-04'),
        beat(2, 'db-2', '2026-11-03', '2026-11-04'),
      ]
      await store.transact(async (tx) => {
        await tx.putSources([source, { ...source, place: 'db-2' }])
        await tx.putSources([stopped])
        await tx.putCoverage([monday, tuesday, other])
      })
      expect(await store.read.sources('db-1')).toEqual([stopped])
      expect(await store.read.sources()).toHaveLength(2)
      expect(await store.read.coverage({})).toEqual([monday, tuesday, other])
      expect(await store.read.coverage({ place: 'db-1', from: '2026-11-03T12' })).toEqual([tuesday])
      expect(await store.read.coverage({ until: '2026-11-02T12' })).toEqual([monday])
    })
  })

  describe('the desk', () => {
    test('a row is there until its end', async () => {
      await store.read.desk.put('session', 'a', 'one', '2026-11-02')
      await store.read.desk.put('session', 'a', 'two', '2026-11-03')
      expect(await store.read.desk.get('session', 'a', '2026-11-02T23')).toBe('two')
      expect(await store.read.desk.get('session', 'a', '2026-11-03')).toBeNull()
      expect(await store.read.desk.get('link', 'a', '2026-11-01')).toBeNull()
      await store.read.desk.remove('session', 'a')
      expect(await store.read.desk.get('session', 'a', '2026-11-01')).toBeNull()
    })

    test('what may be used once is given to one', async () => {
      const other = await book.open()
      await store.read.desk.put('link', 'a', 'value', '2026-11-02')
      const takers = [store, other, store, other].map((from) =>
        from.read.desk.take('link', 'a', '2026-11-01'),
      )
      expect((await Promise.all(takers)).filter((value) => value !== null)).toEqual(['value'])
      await store.read.desk.put('link', 'b', 'late', '2026-11-02')
      expect(await store.read.desk.take('link', 'b', '2026-11-02')).toBeNull()
      await other.close()
    })
  })

  describe('bulk', () => {
    const rows = Array.from({ length: 300 }, (_, at) =>
      portRow({
        id: `p${at}`,
        owner: `o${at % 7}`,
        rules: at % 3 === 0 ? ['drift.unseen'] : [],
        severity: at % 3 === 0 ? 'high' : null,
      }),
    )

    test('a book that is cleared and filled again is the same book, and can be searched', async () => {
      const fill = async (): Promise<string> =>
        store.bulk(async (tx) => {
          await tx.clear()
          await tx.putPorts(rows)
          await tx.putPorts([portRow({ id: 'p1', fromIndex: 3 })])
          await tx.putFindings([findingRow({ fingerprint: 'f' })])
          await tx.putPlaces([placeRow({ id: 'db-1' })])
          return tx.fingerprint()
        })
      await put(portRow({ id: 'gone' }))
      const once = await fill()
      expect(await fill()).toBe(once)
      expect(await ids({ text: 'p299' })).toEqual(['p299'])
      expect(await ids({ finding: 'high', owner: 'o6' })).toHaveLength(14)
      expect(await store.read.facet('finding', {}, 9)).toEqual([{ value: 'drift.unseen', count: 100 }])
      await put(portRow({ id: 'p1', fromIndex: 4 }))
      expect(await store.transact((tx) => tx.fingerprint())).not.toBe(once)
    })

    test('members of an object may come in any order', async () => {
      const document = documentRow({
        kind: 'System',
        name: 'a',
        spec: { b: 1, a: { d: 1, c: [null, true, 'x'] } },
      })
      const shuffled = { ...document, spec: { a: { c: [null, true, 'x'], d: 1 }, b: 1 } }
      const fingerprints = [document, shuffled].map((row) =>
        store.transact(async (tx) => {
          await tx.putDocuments([row])
          return tx.fingerprint()
        }),
      )
      const [one, other] = await Promise.all(fingerprints)
      expect(one).toBe(other)
    })

    test('that throws leaves the book and its search as they were', async () => {
      await put(...rows)
      const work = store.bulk(async (tx) => {
        await tx.clear()
        throw new Error('stopped')
      })
      await expect(work).rejects.toThrow('stopped')
      expect(await ids({ text: 'p299' })).toEqual(['p299'])
      expect(await ids({ finding: 'high' })).toHaveLength(100)
    })
  })
}

/** What version 1 may have written besides the fixture: a host by its long name alone, and a port that names a zone. */
export const MORE_OF_VERSION_ONE = `
INSERT INTO place (id, from_index, to_index, body) VALUES ('web-1.example.com', 0, NULL,
  '{"addresses":[],"declared":null,"identity":"i1","inScope":true,"kind":"host","names":[],"realm":"default"}');
INSERT INTO place_term (term, id) VALUES ('["identity","i1"]', 'web-1.example.com'),
  ('["name","web-1.example.com"]', 'web-1.example.com');
INSERT INTO document (kind, name, from_index, to_index, place, system, body) VALUES ('Port', 'web', 1, NULL, 'web-1', NULL,
  '{"declaredAt":"2026-11-01T00:00:00.000Z","declaredBy":"person-1","digest":"sha256:02","firstDeclaredAt":"2026-11-01T00:00:00.000Z","position":null,"spec":{"at":{"host":"web-1"},"audience":["app-tier"]}}');
`

/** What is found of it by what version 1 did not write down. */
export async function foundAnew(store: Store): Promise<readonly string[]> {
  const claim = { kind: 'host', identity: null, names: [], addresses: [], realm: 'default' } as const
  const places = await store.read.placesLike({ ...claim, name: 'web-1' })
  const naming = await store.read.documentsNaming('Zone', 'app-tier', 9)
  return [...places.map(({ id }) => id), ...naming.map(({ kind, name }) => `${kind} ${name}`)]
}

/** What test/fixtures/book-v1.*.sql hold, read by the present version. */
export async function expectBookOfVersionOne(store: Store): Promise<void> {
  const { entries, next } = entriesAfter(null, 3)
  expect(await store.read.head()).toEqual(next)
  expect(await store.read.entries({ from: 0, limit: 10 })).toEqual(entries)
  expect(await store.read.sealed(1)).toHaveLength(1)
  expect(await store.read.checkpoint()).toBe('three\n')
  expect(await store.read.recordsAt('db-1')).toHaveLength(1)
  expect(await store.read.sightings('db-1')).toHaveLength(1)
  expect(await store.read.coverage({ place: 'db-1' })).toHaveLength(1)
  expect(await store.read.portHistory('db-1/net:1/*:5432/tcp')).toHaveLength(2)
  expect((await walk(store, { text: 'invoices', finding: 'medium' })).map((row) => row.owner)).toEqual([
    'team/billing',
  ])
  expect(await store.read.findingCounts()).toHaveLength(1)
  expect(await store.read.desk.get('session', 'a', '2029-01-01')).toBe('b')
  await store.transact((tx) => tx.endPorts(['db-1/net:1/*:5432/tcp'], 3))
  expect(await walk(store, {})).toEqual([])
}

/** Every port of a list, page by page. */
async function walk(
  store: Store,
  filter: PortFilter,
  by: PortSort = 'id',
  descending = false,
  limit = 40,
): Promise<readonly PortRow[]> {
  const rows: PortRow[] = []
  for (let cursor: string | null = null; ;) {
    const page = await store.read.ports(filter, { by, descending }, { limit, cursor })
    rows.push(...page.items)
    if (page.next === null) return rows
    cursor = page.next
  }
}

function forged(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function beat(index: number, place: string, from: string, until: string): CoverageRow {
  const passes = { passes: 1, completePasses: 1, gaps: [] }
  return { index, place, source: 's', from, until, ...passes, collector: { root: true }, notes: [] }
}

async function appendUntilKilled(book: TestBook, acknowledged: number): Promise<number> {
  const child = spawn(process.execPath, ['test/support/append-loop.ts', ...book.appendLoop], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    if (printed.split('\n').length > acknowledged) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  // A line without its end may be half a number.
  return Number(printed.slice(0, printed.lastIndexOf('\n')).split('\n').at(-1))
}

function documentRow(row: Partial<DocumentRow> & Pick<DocumentRow, 'name'>): DocumentRow {
  const declared = {
    digest: 'sha256:01',
    declaredAt: AT,
    firstDeclaredAt: AT,
    declaredBy: 'person-1',
    position: null,
  }
  return { kind: 'Port', spec: {}, fromIndex: 0, toIndex: null, ...declared, ...row }
}

const OWNERS = [null, 'team/a', 'team/A', 'Team-ä']
const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const

const anyPort: fc.Arbitrary<PortRow> = fc
  .record({
    place: fc.constantFrom('db-1', 'DB-1', 'web_1'),
    owner: fc.constantFrom(...OWNERS),
    system: fc.constantFrom(null, 'billing', 'shop'),
    record: fc.constantFrom(null, 'r1', 'r2'),
    observed: fc.constantFrom('open', 'closed', 'unknown'),
    documented: fc.constantFrom('none', 'draft', 'documented'),
    transport: fc.constantFrom('tcp', 'udp', 'sctp'),
    port: fc.constantFrom(22, 443, 5432),
    purpose: fc.constantFrom(null, 'Invoices', 'the INVOICES of 100%'),
    severity: fc.constantFrom(null, ...SEVERITIES),
    since: fc.constantFrom(
      null,
      { notBefore: null, notAfter: AT },
      { notBefore: AT, notAfter: '2026-11-05T00:00:00.000Z' },
    ),
  })
  .map(
    (row) =>
      portRow({
        id: '',
        ...row,
        rules: row.severity === null ? [] : [`drift.${row.severity}`, 'drift.any'],
      }) as PortRow,
  )

const anyFilter: fc.Arbitrary<PortFilter> = fc.record(
  {
    owner: fc.constantFrom('team/a', 'team/A', 'nobody'),
    system: fc.constantFrom('billing', 'shop'),
    place: fc.constantFrom('db-1', 'web_1'),
    observed: fc.constantFrom('open', 'closed', 'unknown'),
    documented: fc.constantFrom('none', 'draft', 'documented'),
    transport: fc.constantFrom('tcp', 'udp', 'sctp'),
    port: fc.constantFrom(22, 443),
    finding: fc.constantFrom(...SEVERITIES, 'drift.any', 'drift.low'),
    record: fc.constantFrom('r1', 'r2'),
    text: fc.constantFrom('invoices', 'ÄR', 'team', '1', '/A', '100%', 'billing', 'nowhere'),
    asOf: fc.constantFrom(0, 5),
  },
  { requiredKeys: [] },
)

const anySort = fc.record({
  by: fc.constantFrom('id', 'port', 'owner', 'since', 'severity'),
  descending: fc.boolean(),
})

/** The filter as book.ts words it. */
function passes(row: PortRow, { text, finding, ...others }: PortFilter): boolean {
  const lines = [row.id, row.record, row.owner, row.system, row.purpose].filter((line) => line !== null)
  const gravity = SEVERITIES.findIndex((severity) => severity === finding)
  const rank = SEVERITIES.findIndex((severity) => severity === row.severity)
  const equal = Object.entries(others).filter(([name]) => name !== 'asOf')
  return (
    equal.every(([name, value]) => row[name as keyof PortRow] === value) &&
    (text === undefined || lines.some((line) => line.toLowerCase().includes(text.toLowerCase()))) &&
    (finding === undefined || (gravity >= 0 ? rank >= gravity : row.rules.includes(finding)))
  )
}

function inOrder(rows: readonly PortRow[], by: PortSort, descending: boolean): readonly PortRow[] {
  const valueOf = (row: PortRow): string | number =>
    ({
      id: '',
      port: row.port,
      owner: row.owner ?? '',
      since: row.since?.notAfter ?? '',
      severity: SEVERITIES.findIndex((severity) => severity === row.severity),
    })[by]
  const sorted = rows.toSorted((a, b) => compare(valueOf(a), valueOf(b)) || compare(a.id, b.id))
  return descending ? sorted.reverse() : sorted
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}

function countsOf(values: readonly (string | null)[]): readonly { value: string | null; count: number }[] {
  const counts = Map.groupBy(values, (value) => value)
  return [...counts]
    .map(([value, all]) => ({ value, count: all.length }))
    .sort((a, b) => b.count - a.count || compare(a.value ?? '', b.value ?? ''))
}

/** Instants a second apart. */
function seconds(until: number, from = 0): string[] {
  const start = Date.parse('2026-01-01T00:00:00.000Z')
  return Array.from({ length: until - from }, (_, n) => new Date(start + (from + n) * 1000).toISOString())
}
