import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { expectRefusal, workplace, type Ran, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { nmapXml } from '../support/scans.ts'
import { startServer } from '../support/server.ts'

interface Bad {
  readonly what: string
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly args: readonly string[]
  /** On a line of standard error that begins with `portreeve: error: `. */
  readonly error: RegExp
  readonly hint: RegExp
}

const DOCUMENT = portDocument('db', 5432)
const declared = (text: string): Pick<Bad, 'files' | 'args'> => ({
  files: { 'portreeve.yaml': text },
  args: ['declare', '.'],
})
const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...'bcdef'.split('').map((name, n) => `${name}: &${name} [${`*${'abcde'[n]}, `.repeat(10).slice(0, -2)}]`),
].join('\n')
const xml = nmapXml({ at: 1_767_225_600, open: [5432] })
const scanned = (text: string): Pick<Bad, 'files' | 'args'> => ({
  files: { 'scan.xml': text },
  args: ['scan', 'scan.xml', '--vantage', 'lan', '--record'],
})

const DOCUMENTS: readonly Bad[] = [
  {
    what: 'broken YAML',
    ...declared('kind: Port\nmetadata: { name: x\n'),
    error: /portreeve\.yaml:\d+:\d+: the YAML is broken/,
    hint: /schema KIND/,
  },
  {
    what: 'an unknown field',
    ...declared(`${DOCUMENT}  colour: red\n`),
    error: /portreeve\.yaml:9:3: .*colour/,
    hint: /./,
  },
  {
    what: 'a kind that is none',
    ...declared(DOCUMENT.replace('kind: Port', 'kind: Prot')),
    error: /portreeve\.yaml:2:7: .*Prot/,
    hint: /Port/,
  },
  {
    what: 'a port of 70000',
    ...declared(portDocument('db', 70_000)),
    error: /portreeve\.yaml:7:38: .*70000 is outside 1 to 65535/,
    hint: /schema KIND/,
  },
  {
    what: 'a range upside down',
    ...declared(DOCUMENT.replace('port: 5432', 'port: 9000-8000')),
    error: /portreeve\.yaml:7:38: .*9000-8000/,
    hint: /./,
  },
  {
    what: 'two documents of one name',
    ...declared(`${DOCUMENT}---\n${DOCUMENT}`),
    error: /portreeve\.yaml:12:19: .*db/,
    hint: /./,
  },
  {
    what: 'a reference to nothing',
    ...declared(DOCUMENT.replace('owner: team/billing', 'system: biling')),
    error: /portreeve\.yaml:5:11: .*biling/,
    hint: /./,
  },
  {
    what: 'an alias bomb',
    ...declared(bomb),
    error: /portreeve\.yaml:\d+:\d+: aliases repeat values/,
    hint: /write the values out/,
  },
  {
    what: 'invalid UTF-8',
    files: { 'portreeve.yaml': Buffer.concat([Buffer.from(DOCUMENT), Buffer.from([0xff])]) },
    args: ['declare', '.'],
    error: /portreeve\.yaml.*invalid UTF-8 at line 9, column 1 \(byte \d+\)/,
    hint: /UTF-8/,
  },
  {
    what: 'invalid UTF-8 at the gate, beside documents that can be read',
    files: {
      'a.portreeve.yaml': DOCUMENT,
      'b.portreeve.yaml': Buffer.concat([Buffer.from(portDocument('b', 80)), Buffer.from([0xff])]),
    },
    args: ['check', '.'],
    error: /b\.portreeve\.yaml.*invalid UTF-8 at line 9, column 1/,
    hint: /UTF-8/,
  },
  {
    what: 'a document with a fault among what is scanned',
    files: { 'portreeve.yaml': `${DOCUMENT}  colour: red\n` },
    args: ['scan', '.'],
    error: /1 fault in the documents/,
    hint: /schema KIND/,
  },
  {
    what: 'a folder without documents',
    args: ['declare', '.'],
    error: /no Portreeve document is in \./,
    hint: /portreeve init/,
  },
  {
    what: 'a path of nothing',
    args: ['declare', 'nowhere'],
    error: /nowhere: there is no such file/,
    hint: /./,
  },
]

const SCANS: readonly Bad[] = [
  {
    what: 'XML with an entity',
    ...scanned(xml.replace('<!DOCTYPE nmaprun>', '<!DOCTYPE nmaprun [<!ENTITY x "y">]>')),
    error: /scan\.xml:2:\d+: /,
    hint: /./,
  },
  {
    what: 'XML with an external DTD',
    ...scanned(xml.replace('<!DOCTYPE nmaprun>', '<!DOCTYPE nmaprun SYSTEM "http://example.com/x.dtd">')),
    error: /scan\.xml:2:\d+: /,
    hint: /./,
  },
  {
    what: 'a hostile scan behind a good one',
    files: {
      'good.xml': xml,
      'scan.xml': xml.replace('<!DOCTYPE nmaprun>', '<!DOCTYPE nmaprun [<!ENTITY x "y">]>'),
    },
    args: ['scan', '--record', '--vantage', 'lan', 'good.xml', 'scan.xml'],
    error: /scan\.xml:2:\d+: /,
    hint: /./,
  },
  {
    what: 'a scan from tomorrow behind manifests and a good one',
    files: {
      'compose.yaml': 'services:\n  web:\n    image: x\n    ports: ["8080:80"]\n',
      'good.xml': xml,
      'scan.xml': nmapXml({ at: Math.floor(Date.now() / 1000) + 86_400, open: [5432] }),
    },
    args: ['scan', '--record', '--vantage', 'lan', 'compose.yaml', 'good.xml', 'scan.xml'],
    error: /nmap:lan says that it was made at /,
    hint: /clock/,
  },
  {
    what: 'a name that no entry has room for',
    files: {
      'good.xml': xml,
      'compose.yaml': `name: ${'x'.repeat(60_000)}\nservices:\n  web:\n    image: x\n    ports: ["80:80"]\n`,
    },
    args: ['scan', '--record', '--vantage', 'lan', 'good.xml', 'compose.yaml'],
    error: /holds a name of 60000 bytes: x{40}…/,
    hint: /up to 1024 bytes/,
  },
  {
    what: 'a vantage point that no entry has room for',
    files: { 'scan.xml': xml },
    args: ['scan', '--record', '--vantage', 'v'.repeat(60_000), 'scan.xml'],
    error: /holds a name of 6000\d bytes/,
    hint: /up to 1024 bytes/,
  },
  {
    what: 'an alias bomb in a Compose file',
    files: { 'compose.yaml': `services:\n${bomb.replace(/^/gm, '  ')}\n  g: [${'*f, '.repeat(9)}*f]\n` },
    args: ['scan', '--record', 'compose.yaml'],
    error: /compose\.yaml:\d+:\d+: aliases repeat more than 400000 values/,
    hint: /write the values out/,
  },
  {
    what: 'a Compose file that is no YAML',
    files: { 'compose.yaml': 'services:\n  a: [\n' },
    args: ['scan', '--record', 'compose.yaml'],
    error: /compose\.yaml:3:1: /,
    hint: /leave the file out/,
  },
  {
    what: 'a broken Compose file',
    files: { 'compose.yaml': 'services:\n  a:\n    ports: ["70000:1"]\n' },
    args: ['scan', '--record', 'compose.yaml'],
    error: /compose\.yaml:3:13: "70000"/,
    hint: /published/,
  },
  {
    what: 'a file of no known format',
    files: { 'notes.txt': 'milk' },
    args: ['scan', '--record', 'notes.txt'],
    error: /notes\.txt holds none of the formats/,
    hint: /--as/,
  },
]

const ARGUMENTS: readonly Bad[] = [
  {
    what: 'no such command',
    args: ['frobnicate'],
    error: /unknown command 'frobnicate'/,
    hint: /portreeve --help/,
  },
  { what: 'no such option', args: ['ports', '--frob'], error: /unknown option '--frob'/, hint: /--help/ },
  { what: 'an argument too few', args: ['show'], error: /missing required argument 'port'/, hint: /--help/ },
  { what: 'a number that is none', args: ['ports', '--port', '7e1'], error: /whole number/, hint: /--help/ },
  { what: 'an unknown level', args: ['check', '--fail-on', 'grave'], error: /grave/, hint: /--help/ },
  { what: 'a port that is not in the book', args: ['show', 'nope'], error: /called nope/, hint: /--search/ },
  {
    what: 'a query that two ports match',
    args: ['why', ':5432/tcp'],
    error: /matches 2 ports/,
    hint: /portreeve show "/,
  },
  {
    what: 'an entry that is not there',
    args: ['log', 'show', '999'],
    error: /no entry 999/,
    hint: /from 0 to/,
  },
  {
    what: 'a type of entry that is none',
    args: ['log', 'list', '--type', 'gossip'],
    error: /gossip is no type/,
    hint: /declaration/,
  },
  {
    what: 'an address that is none',
    args: ['up', '--listen', 'here'],
    error: /"here" is no address/,
    hint: /ADDRESS:PORT/,
  },
  {
    what: 'every interface without sign-in',
    args: ['up', '--listen', '0.0.0.0:0'],
    error: /./,
    hint: /--allow-wide/,
  },
  {
    what: 'a data folder that is a file',
    files: { file: '' },
    args: ['ports', '--data', 'file'],
    error: /data folder .*file cannot be made/,
    hint: /--data DIR/,
  },
  {
    what: 'closing what nobody declared',
    args: ['close', 'nope', '--reason', 'gone'],
    error: /holds no Port called nope/,
    hint: /portreeve ports/,
  },
  {
    what: 'a configuration with an unknown field',
    files: { 'c.yaml': 'listen: 127.0.0.1:1\ncolour: red\n' },
    args: ['ports', '--config', 'c.yaml'],
    error: /c\.yaml:\d+:\d+: .*colour/,
    hint: /configuration/,
  },
]

describe.each([
  ['documents', DOCUMENTS],
  ['scans', SCANS],
  ['arguments', ARGUMENTS],
] as const)('bad input: %s', { timeout: 180_000 }, (_, cases) => {
  test.each(cases)(
    '$what is refused with a place and a way out, and nothing changes',
    async ({ files, args, error, hint }) => {
      const place = await twoPorts()
      for (const [name, content] of Object.entries(files ?? {})) place.put(name, content)
      const ran = await place.run(args)
      expectRefusal(ran, new RegExp(`^portreeve: error: .*(?:${error.source})`, 'm'), hint)
      expectOnce(ran)
      expect(await ledgerSize(place)).toBe(3)
    },
  )
})

describe('bad input: files', { timeout: 180_000 }, () => {
  test('links in a circle are named and passed by', async () => {
    const place = workplace()
    symlinkSync('b', join(place.folder, 'a'))
    symlinkSync('a', join(place.folder, 'b'))
    place.put('portreeve.yaml', DOCUMENT)
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    expectRefusal(await place.run(['declare', 'a']), /a: symbolic links lead in a circle/)
  })

  test('a pipe is not recorded, for half of a scan would look like all of it', async () => {
    const place = await twoPorts()
    execFileSync('mkfifo', [join(place.folder, 'scan.xml')])
    expectRefusal(
      await place.run(['scan', '--record', 'scan.xml', '--vantage', 'lan']),
      /scan\.xml is a pipe/,
      /--record - </,
    )
    expect(await ledgerSize(place)).toBe(3)
  })

  test.skipIf(process.platform !== 'linux').each([
    { name: 'compose.yaml', args: ['scan', 'compose.yaml'], start: 'services:\n  web:\n    image: x\n' },
    { name: 'portreeve.yaml', args: ['declare', '.'], start: DOCUMENT },
    {
      name: 'scan.xml',
      args: ['scan', '--record', 'scan.xml', '--vantage', 'lan'],
      start: xml.slice(0, 400),
    },
  ])('$name of 2 GB is refused in bounded memory', async ({ name, args, start }) => {
    const place = await twoPorts()
    truncateSync(place.put(name, start), 2 * 1024 ** 3)
    const report = join(place.folder, 'peak')
    const ran = await place.run(args, { env: { NODE_OPTIONS: `--import=${peakReporter(place, report)}` } })
    expectRefusal(ran, new RegExp(name), /./)
    expect(Number(readFileSync(report, 'utf8'))).toBeLessThan(400 * 1024)
    expect(await ledgerSize(place)).toBe(3)
  })

  test('every fault is told at once', async () => {
    const place = workplace()
    place.put('a.portreeve.yaml', portDocument('a', 70_000))
    place.put('b.portreeve.yaml', `${DOCUMENT}  colour: red\n`)
    const ran = await place.run(['declare', '.'])
    expectRefusal(ran, /2 faults in 2 files; nothing was declared/)
    expect(ran.err).toMatch(/a\.portreeve\.yaml:7:38: /)
    expect(ran.err).toMatch(/b\.portreeve\.yaml:9:3: /)
  })

  test('while a server runs, the same words come from it', async () => {
    const place = await twoPorts()
    place.put('portreeve.yaml', portDocument('db', 70_000))
    const alone = await place.run(['declare', '.'])
    await startServer(place, ['--observe', '0'])
    expect(await place.run(['declare', '.'])).toEqual(alone)
    expectRefusal(await place.run(['why', ':5432/tcp']), /matches 2 ports/)
  })
})

/** A book of genesis and two ports of one number. */
async function twoPorts(): Promise<Workplace> {
  const place = workplace()
  place.put(
    '../given.portreeve.yaml',
    `${portDocument('one', 5432)}---\n${portDocument('two', 5432, { host: 'db-2' })}`,
  )
  expect(await place.run(['declare', '../given.portreeve.yaml'])).toMatchObject({ code: 0, err: '' })
  return place
}

async function ledgerSize(place: Workplace): Promise<number> {
  const page = (await place.json(['log', 'list', '--limit', '1', '--json'])) as { size: number }
  return page.size
}

/** Nobody is told the same thing twice. */
function expectOnce({ err }: Ran): void {
  const lines = err.trimEnd().split('\n')
  expect(new Set(lines).size).toBe(lines.length)
}

/** A module that writes the process's peak resident memory, in kilobytes, when it ends. */
function peakReporter(place: Workplace, report: string): string {
  const write = `writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS))`
  return place.put(
    '../peak.mjs',
    `import { writeFileSync } from 'node:fs'\nprocess.on('exit', () => ${write})\n`,
  )
}
