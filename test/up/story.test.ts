import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import {
  CheckReport,
  CoverageReport,
  EntryPage,
  EntryView,
  PortsPage,
  PortsReport,
  type PortView,
} from '../../src/api/views.ts'
import { until, workplace, type Workplace } from '../support/cli.ts'
import { openListener } from '../support/listener.ts'
import { loneHost, loneHostMissing } from '../support/lone-host.ts'
import { startServer, type Server } from '../support/server.ts'

const OBSERVE = ['--observe', '1']

describe.skipIf(loneHostMissing !== null)('a port book of one host', { timeout: 180_000 }, () => {
  test('init, edit, declare, check; a server that nobody declared is found, named, dated, and forgotten when it is gone', async () => {
    const enter = await loneHost()
    const place = workplace({ enter })
    const server = await startServer(place, OBSERVE)
    await declareWhatListens(place)
    expect(await place.run(['check'])).toMatchObject({ code: 0, err: '' })
    // The documents speak of the place that is observed, and of no other.
    expect(await place.run(['check', '--fail-on', 'medium'])).toMatchObject({ code: 0 })
    expect(PortsPage.parse(await server.get('/api/v1/ports')).ports).toMatchObject([
      { observed: 'open', documented: 'documented' },
    ])

    const before = Date.now()
    const web = openListener(place, enter, 18_080)
    const finding = await until('the undeclared port is found', async () => {
      const report = CheckReport.parse(await server.get('/api/v1/check'))
      return report.findings.find(({ rule }) => rule === 'drift.undeclared') ?? null
    })
    const after = Date.now()
    expect(finding.port).toMatch(/\/127\.0\.0\.1:18080\/tcp$/)

    const checked = await place.run(['check'])
    expect(checked.code).toBe(1)
    expect(checked.out).toMatch(/drift\.undeclared.*18080/)
    const listed = PortsReport.strict().parse(await place.json(['ports', '--port', '18080', '--json']))
    const [port] = listed.ports
    expect(listed.ports).toHaveLength(1)
    expect(port).toMatchObject({ observed: 'open', documented: 'none', process: { name: web.name } })
    expect(port?.findings.map(({ rule }) => rule)).toEqual(['drift.undeclared'])
    // It opened between two passes of which the second saw it and the first did not: none passed it by.
    const { notBefore, notAfter } = port?.opened ?? {}
    expect(Date.parse(notAfter ?? '')).toBeGreaterThanOrEqual(before)
    expect(Date.parse(notBefore ?? '')).toBeLessThan(Date.parse(notAfter ?? ''))
    expect(Date.parse(notBefore ?? '')).toBeLessThanOrEqual(after)
    const page = PortsPage.parse(await server.get('/api/v1/ports?port=18080'))
    expect(page.ports).toEqual(listed.ports)
    const shown = await place.run(['show', ':18080/tcp'])
    expect(shown.out).toContain('drift.undeclared')
    expect(shown.out).toContain('purpose: TODO')
    const why = await place.run(['why', ':18080/tcp'])
    expect(why).toMatchObject({ code: 0, err: '' })
    expect(why.out).toContain('drift.undeclared')

    await web.close()
    await until(
      'the finding is gone',
      async () => (await ruleCount(server, 'drift.undeclared')) === 0 || null,
    )
    expect(await place.run(['check'])).toMatchObject({ code: 0 })
    // What nobody declared has left the present; when it opened and closed stays on the ledger.
    expect(PortsPage.parse(await server.get('/api/v1/ports?port=18080')).ports).toEqual([])
    const [closing] = await sightings(server)
    expect(closing).toMatchObject({
      type: 'sighting',
      body: { changes: [{ port: 18_080, state: 'closed' }] },
    })
  })

  test('a declared port that nobody sees is a finding until its server is there', async () => {
    const enter = await loneHost()
    const place = workplace({ enter })
    const server = await startServer(place, OBSERVE)
    await declareWhatListens(place)
    place.put('web.portreeve.yaml', webDocument(place))
    expect(await place.run(['declare', 'web.portreeve.yaml'])).toMatchObject({ code: 0 })
    expect(await ruleCount(server, 'drift.unseen')).toBe(1)
    expect((await place.run(['check', '--fail-on', 'medium'])).code).toBe(1)

    const web = openListener(place, enter, 18_081)
    await until('the port is seen', async () => (await ruleCount(server, 'drift.unseen')) === 0 || null)
    const [port] = PortsPage.parse(await server.get('/api/v1/ports?port=18081')).ports
    expect(port).toMatchObject({ record: 'web', observed: 'open', documented: 'documented' })
    expect(port?.findings).toEqual([])
    await web.close()
    await until('the port is missed', async () => (await ruleCount(server, 'drift.unseen')) === 1 || null)
  })

  test('what opened while nobody looked opened after the last look, and what was open at the first has no beginning', async () => {
    const enter = await loneHost()
    const place = workplace({ enter })
    openListener(place, enter, 18_082)
    await until('it listens', async () => (await listens(place, 18_082)) || null)
    const first = await startServer(place, OBSERVE)
    expect((await portAt(first, 18_082))?.opened).toMatchObject({ notBefore: null })
    expect(await first.stop()).toBe(0)
    const stopped = Date.now()

    openListener(place, enter, 18_083)
    await until('it listens', async () => (await listens(place, 18_083)) || null)
    const second = await startServer(place, OBSERVE)
    const { notBefore, notAfter } = (await portAt(second, 18_083))?.opened ?? {}
    expect(Date.parse(notBefore ?? '')).toBeLessThanOrEqual(stopped)
    expect(Date.parse(notAfter ?? '')).toBeGreaterThan(stopped)
    expect((await portAt(second, 18_082))?.opened).toMatchObject({ notBefore: null })
    const { places } = CoverageReport.parse(await second.get('/api/v1/coverage'))
    expect(places.map(({ sources }) => sources.map(({ state }) => state))).toEqual([['observing']])
  })

  test('observation that was ended on purpose leaves no finding, and the book folds again to the same', async () => {
    const place = workplace({ enter: await loneHost() })
    const server = await startServer(place, OBSERVE)
    await declareWhatListens(place)
    expect(await place.json(['rebuild', '--json'])).toMatchObject({ identical: true })
    expect(await server.stop()).toBe(0)
    const report = CheckReport.parse(await place.json(['check', '--json']))
    expect(report.findings.filter(({ rule }) => rule === 'drift.collector-silent')).toEqual([])
    const coverage = CoverageReport.parse(await place.json(['coverage', '--json']))
    expect(coverage.places.flatMap(({ sources }) => sources.map(({ state }) => state))).toEqual(['stopped'])
    expect(coverage.places[0]?.sources[0]?.collector).toMatchObject({
      known_answer: expect.stringMatching(/^passed/),
    })
    expect(await place.json(['rebuild', '--json'])).toMatchObject({ identical: true })
  })
})

/** What a person does on the first day. */
async function declareWhatListens(place: Workplace): Promise<void> {
  expect(await place.run(['init'])).toMatchObject({ code: 0, err: '' })
  const path = join(place.folder, 'portreeve.yaml')
  const written = readFileSync(path, 'utf8')
  expect(written).toMatch(/TODO/)
  place.put(
    'portreeve.yaml',
    written
      .replaceAll(/owner: TODO.*$/gm, 'owner: team/platform')
      .replaceAll(/: TODO.*$/gm, ': The book of this host'),
  )
  const declared = await place.run(['declare', '.'])
  expect(declared).toMatchObject({ code: 0, err: '' })
  expect(declared.out).not.toContain('TODO')
}

function webDocument(place: Workplace): string {
  const host = /host: (\S+)/.exec(readFileSync(join(place.folder, 'portreeve.yaml'), 'utf8'))?.[1] ?? ''
  return `apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: web }
spec:
  owner: team/web
  at: { host: ${host} }
  bindings: [{ transport: tcp, port: 18081, address: 127.0.0.1 }]
  purpose: Shows the shop
`
}

async function ruleCount(server: Server, rule: string): Promise<number> {
  const report = CheckReport.parse(await server.get('/api/v1/check?failOn=info'))
  return report.findings.filter((finding) => finding.rule === rule).length
}

/** Newest first. */
async function sightings(server: Server): Promise<EntryPage[]> {
  const { entries } = z
    .object({ entries: z.array(EntryView) })
    .parse(await server.get('/api/v1/ledger/entries?types=sighting'))
  return Promise.all(
    entries.map(async ({ index }) => EntryPage.parse(await server.get(`/api/v1/ledger/entries/${index}`))),
  )
}

async function listens(place: Workplace, port: number): Promise<boolean> {
  const { ports } = PortsReport.parse(await place.json(['scan', '--json']))
  return ports.some((each) => each.port === port)
}

async function portAt(server: Server, port: number): Promise<PortView | undefined> {
  return PortsPage.parse(await server.get(`/api/v1/ports?port=${port}`)).ports[0]
}
