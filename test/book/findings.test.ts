import { expect, test } from 'vitest'

import { Observer } from '../../src/actions/observe.ts'
import type { FileSource } from '../../src/actions/read-files.ts'
import { recordScan } from '../../src/actions/record-scan.ts'
import { bookAt, expectSound, type OpenBook } from '../support/book.ts'
import { workplace } from '../support/cli.ts'
import { EVERY_PORT, holder, hostOf, listening, type Scene } from '../support/host.ts'
import { nmapXml } from '../support/scans.ts'

const SCANNED = 1_767_225_600

test('a second machine of the same name is not covered by the record of the first', async () => {
  await withBook(async (open) => {
    await observerOf(open, { identity: 'id-1', ports: [5432] }).start()
    await declare(open, [port('db', { host: 'db-1' })])
    await observerOf(open, { identity: 'id-2', ports: [5432] }).start()
    const rows = await allPorts(open)
    expect(rows.map(({ place, record }) => [place.replace(/~.*/, '~'), record])).toEqual([
      ['db-1', 'db'],
      ['db-1~', null],
    ])
  })
})

test.each([
  ['another name and address', { name: 'db-2', addresses: ['10.0.3.8'] }, 'db-2~'],
  ['the same name and another address', { addresses: ['10.0.3.8', '172.17.0.1'] }, 'db-1~'],
])('a copy of a machine with %s is kept apart, and each finds its own place again', async (_, its, id) => {
  await withBook(async (open) => {
    const first = { boot: 'one', addresses: ['10.0.3.7', '172.17.0.1'], ports: [5432] }
    const copy = { boot: 'two', ports: [8080], ...its }
    await observerOf(open, first).start()
    await observerOf(open, copy).start()
    // Either may be started again at any time, the machine itself as well.
    await observerOf(open, { ...first, boot: 'three' }).start()
    await observerOf(open, { ...copy, boot: 'four' }).start()
    const rows = (await allPorts(open)).map(({ place, port, observed }) => [
      place.replace(/~.*/, '~'),
      port,
      observed,
    ])
    expect(rows).toEqual([
      ['db-1', 5432, 'open'],
      [id, 8080, 'open'],
    ])
    const { items } = await open.env.store.read.findings(
      { rule: 'drift.ambiguous-place' },
      { limit: 9, cursor: null },
    )
    expect(items).toMatchObject([
      {
        place: expect.stringContaining(id) as string,
        text: expect.stringContaining('and db-1 report one machine identity') as string,
        hint: expect.stringContaining('systemd-machine-id-setup') as string,
      },
    ])
  })
})

test('a copy that looks like its original in all but the run of its kernel is noticed at the next change', async () => {
  await withBook(async (open) => {
    const scene = (boot: string, port: number): Scene => ({
      boot,
      addresses: ['10.0.2.15'],
      ...sceneOf({ ports: [port] }),
    })
    const [one, two] = [scene('one', 5432), scene('two', 8080)]
    const [first, copy] = [one, two].map((each) => new Observer(open.env, hostOf(each), open.book, 1000))
    await first?.start()
    await copy?.start()
    one.sightings = sceneOf({ ports: [5432, 80] }).sightings
    await first?.pass()
    await first?.pass()
    two.sightings = sceneOf({ ports: [8080, 81] }).sightings
    await copy?.pass()
    const open_ = (await allPorts(open)).filter(({ observed }) => observed === 'open')
    const places = Map.groupBy(open_, ({ place }) => place.replace(/~.*/, '~'))
    expect([...places].map(([place, rows]) => [place, rows.map(({ port }) => port)])).toEqual([
      ['db-1', [8080, 81]],
      ['db-1~', [5432, 80]],
    ])
  })
})

test('a machine that was started again without notice, renamed or moved, stays one place', async () => {
  await withBook(async (open) => {
    const addresses = ['10.0.3.7']
    const running = observerOf(open, { boot: 'one', addresses, ports: [5432] })
    await running.start()
    await observerOf(open, { boot: 'two', addresses, ports: [5432] }).start()
    const second = observerOf(open, { boot: 'two', addresses: ['10.0.9.9'], ports: [5432] })
    await second.start()
    await second.stop()
    await observerOf(open, { boot: 'three', name: 'db-9', addresses: ['10.0.7.7'], ports: [5432] }).start()
    expect((await open.env.store.read.places()).map(({ id }) => id)).toEqual(['db-1'])
  })
})

test('a machine that takes the name of another later does not take its record', async () => {
  await withBook(async (open) => {
    await observerOf(open, { name: 'db-1.example.com', identity: 'id-1', ports: [5432] }).start()
    await declare(open, [port('db', { host: 'db-1' })])
    await observerOf(open, { name: 'app-1', identity: 'id-2', ports: [5432] }).start()
    await observerOf(open, { name: 'db-1', identity: 'id-2', ports: [5432] }).start()
    await observerOf(open, { name: 'db-1.example.com', identity: 'id-1', ports: [5432, 80] }).start()
    const recorded = (await allPorts(open)).filter(({ record }) => record === 'db')
    expect(recorded).toMatchObject([{ place: 'db-1.example.com' }])
  })
})

test('a Compose project and a host of the same name share no records', async () => {
  await withBook(async (open) => {
    await declare(open, [
      port('on-host', { host: 'shop' }),
      port('in-project', { compose: { project: 'shop', service: 'web' } }),
    ])
    const rows = await allPorts(open)
    expect(new Set(rows.map(({ record }) => record))).toEqual(new Set(['in-project', 'on-host']))
    expect(new Set(rows.map(({ place }) => place)).size).toBe(2)
    expect(rows).toHaveLength(2)
  })
})

test('a partial pass takes back nothing of what the complete one before it proved', async () => {
  await withBook(async (open) => {
    await observerOf(open, { ports: [5432] }).start()
    const [before] = await open.env.store.read.sources('db-1')
    await observerOf(open, { ports: [5432], complete: false }).start()
    const [after] = await open.env.store.read.sources('db-1')
    expect(before?.lastComplete).not.toBeNull()
    expect(after).toMatchObject({ lastComplete: before?.lastComplete, absent: [EVERY_PORT] })
  })
})

test('recording this host once does not end its observation', async () => {
  await withBook(async (open) => {
    await observerOf(open, { ports: [5432] }).start()
    const [before] = await open.env.store.read.sources('db-1')
    await recordScan({ ...open.env, host: hostOf(sceneOf({ ports: [5432, 8080] })) }, open.book, {
      paths: [],
    })
    const [after] = await open.env.store.read.sources('db-1')
    expect(after).toMatchObject({ state: 'observing', intervalMs: 1000 })
    expect(Date.parse(after?.lastPass ?? '')).toBeGreaterThanOrEqual(Date.parse(before?.lastPass ?? ''))
  })
})

test('a scan that is older than what stands changes nothing of the present', async () => {
  await withBook(async (open, put) => {
    await scan(open, put('s.xml', nmapXml({ at: SCANNED, open: [5432] })))
    const [before] = await open.env.store.read.sources('10.0.3.7')
    const older = put('s.xml', nmapXml({ at: SCANNED - 86_400, open: [6379] }))
    const { recorded } = await scan(open, older)
    expect(recorded).toMatchObject({ opened: 0, closed: 0, changed: 0 })
    expect(await open.env.store.read.sources('10.0.3.7')).toEqual([before])
    expect((await allPorts(open)).filter(({ observed }) => observed === 'open')).toMatchObject([
      { port: 5432 },
    ])
  })
})

test('a scan from the future is refused, and nothing of it is written', async () => {
  await withBook(async (open, put) => {
    const tomorrow = Math.floor(Date.parse(open.env.now()) / 1000) + 86_400
    const early = put('s.xml', nmapXml({ at: tomorrow, open: [5432] }))
    await expect(scan(open, early)).rejects.toMatchObject({
      code: 'source-invalid',
      hint: expect.stringContaining("check the scanning machine's clock"),
    })
    expect(await open.env.store.read.places()).toEqual([])
  })
})

test('a scan that grows while it is recorded is recorded as far as it was checked', async () => {
  await withBook(async (open, put) => {
    const whole = nmapXml({ at: SCANNED, open: [5432, 6379] })
    const path = put('s.xml', whole.slice(0, whole.indexOf('<port protocol="tcp" portid="6379"')))
    const files = reopening(open.env.files, () => void put('s.xml', whole))
    const input = { paths: [path], vantage: 'office-lan' }
    const { sources, recorded } = await recordScan({ ...open.env, files }, open.book, input)
    expect(sources).toMatchObject([{ complete: false }])
    expect(recorded).toMatchObject({ opened: 0 })
    const again = await scan(open, path)
    expect(again.recorded).toMatchObject({ opened: 2 })
  })
})

test('a place whose document is closed is in scope again, and no document speaks of it', async () => {
  await withBook(async (open) => {
    await declare(open, [place('db-1', { inScope: false })])
    expect(await open.env.store.read.place('db-1')).toMatchObject({ declared: 'db-1', inScope: false })
    await open.desk.call('closeRecord', { kind: 'Place', name: 'db-1', reason: 'gone' })
    expect(await open.env.store.read.place('db-1')).toMatchObject({ declared: null, inScope: true })
  })
})

test('a Place document that moves to another identity lets go of the place it spoke of', async () => {
  await withBook(async (open) => {
    await declare(open, [place('db-1', { inScope: false, identity: 'id-1' })])
    await declare(open, [place('db-1', { inScope: false, identity: 'id-2' })])
    const places = await open.env.store.read.places()
    expect(places.map(({ identity, declared, inScope }) => [identity, declared, inScope])).toEqual([
      ['id-1', null, true],
      ['id-2', 'db-1', false],
    ])
  })
})

test.each(['DB-1', 'db-1.example.com', 'DB-1.Example.com'])(
  'a record of %s finds the host db-1',
  async (host) => {
    await withBook(async (open) => {
      await observerOf(open, { ports: [5432] }).start()
      await declare(open, [port('db', { host })])
      expect(await allPorts(open)).toMatchObject([{ place: 'db-1', record: 'db', observed: 'open' }])
    })
  },
)

test.each([
  ['DB-1', 'db-1.example.com'],
  ['db-1.example.org', 'db-1.example.org'],
])('beside the host db-1.example.com a record of %s speaks of %s', async (host, expected) => {
  await withBook(async (open) => {
    await observerOf(open, { name: 'db-1.example.com', ports: [5432] }).start()
    await declare(open, [port('db', { host })])
    const recorded = (await allPorts(open)).filter(({ record }) => record === 'db')
    expect(recorded).toMatchObject([{ place: expected }])
  })
})

test('a document that others name is not closed', async () => {
  await withBook(async (open) => {
    await declare(open, [
      { kind: 'Entity', name: 'acme', spec: { name: 'ACME', jurisdiction: 'DE' } },
      { kind: 'System', name: 'billing', spec: { owner: 'team/x', entity: 'acme' } },
      port('db', { host: 'db-1' }, { system: 'billing' }),
    ])
    const close = (kind: 'Entity' | 'System' | 'Port', name: string) =>
      open.desk.call('closeRecord', { kind, name, reason: 'gone' })
    await expect(close('Entity', 'acme')).rejects.toThrow('Entity acme is still named by System billing')
    await expect(close('System', 'billing')).rejects.toThrow('System billing is still named by Port db')
    await close('Port', 'db')
    await close('System', 'billing')
    await close('Entity', 'acme')
    expect(await open.env.store.read.documents()).toEqual([])
    const zones = ['app', 'lan'].map((name) => ({ kind: 'Zone', name, spec: { level: 'vpc' } }) as const)
    const ports = Array.from({ length: 7 }, (_, n) =>
      port(
        `p${n}`,
        { host: 'db-1' },
        { audience: ['app'], bindings: [{ transport: 'tcp', port: 7000 + n }] },
      ),
    )
    await declare(open, [...zones, ...ports])
    await expect(
      open.desk.call('closeRecord', { kind: 'Zone', name: 'app', reason: 'gone' }),
    ).rejects.toThrow('Zone app is still named by Port p0, Port p1, Port p2, Port p3, Port p4 and 2 others')
  })
})

/** A book of its own; whatever happened, it folds again to the same. */
async function withBook(
  work: (open: OpenBook, put: (name: string, text: string) => string) => Promise<void>,
): Promise<void> {
  const here = workplace()
  const open = await bookAt(here.data)
  try {
    await work(open, (name, text) => here.put(name, text))
    await expectSound(open)
  } finally {
    await open.close()
  }
}

interface Document {
  readonly kind: string
  readonly name: string
  readonly spec: object
}

function port(name: string, at: object, more: object = { owner: 'team/x' }): Document {
  const bindings = [{ transport: 'tcp', port: 5432 }]
  return { kind: 'Port', name, spec: { at, bindings, purpose: 'For a test', ...more } }
}

function place(name: string, spec: object): Document {
  return { kind: 'Place', name, spec: { kind: 'host', ...spec } }
}

async function declare({ desk }: OpenBook, documents: readonly Document[]): Promise<void> {
  const texts = documents.map(({ kind, name, spec }) =>
    JSON.stringify({ apiVersion: 'portreeve.dev/v1', kind, metadata: { name }, spec }),
  )
  await desk.call('declare', { files: [{ name: 'x.portreeve.yaml', text: texts.join('\n---\n') }] })
}

function scan({ desk }: OpenBook, path: string) {
  return desk.call('recordScan', { paths: [path], vantage: 'office-lan' })
}

async function allPorts({ env }: OpenBook) {
  const sort = { by: 'id', descending: false } as const
  return (await env.store.read.ports({}, sort, { limit: 100, cursor: null })).items
}

type Ports = Omit<Scene, 'sightings'> & { readonly ports: readonly number[] }

function observerOf({ env, book }: OpenBook, of: Ports): Observer {
  return new Observer(env, hostOf(sceneOf(of)), book, 1000)
}

function sceneOf({ ports, ...scene }: Ports): Scene {
  const owners = [holder('postgres')]
  return {
    ...scene,
    sightings: ports.map((port) => listening({ port, address: '*', family: 'dual', owners })),
  }
}

/** The same files, with something done to a scan before it is opened a second time. */
function reopening(files: FileSource, before: () => void): FileSource {
  return {
    readTree: async function* (...asked) {
      for await (const found of files.readTree(...asked)) {
        if (found.state !== 'stream') yield found
        else yield { ...found, open: (most) => (most === undefined || before(), found.open(most)) }
      }
    },
  }
}
