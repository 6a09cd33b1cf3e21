import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../../model/refusal.ts'
import { parseDocuments } from './parse.ts'

const INTERFACE = join(process.env['PORTREEVE_SHARED'] ?? '../shared', 'design/interface.md')

const PORT = `apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: billing-db }
spec:
  at: { host: db-1 }
  bindings: [{ transport: tcp, port: 5432 }]
  purpose: The invoices of every customer
`

describe.skipIf(!existsSync(INTERFACE))('the example of interface.md (skipped where it is absent)', () => {
  test('parses with no fault', () => {
    const text = /```yaml\n(apiVersion.+?)```/s.exec(readFileSync(INTERFACE, 'utf8'))?.[1] ?? ''
    const { documents, faults } = parseDocuments([{ name: 'portreeve.yaml', text }])
    expect(faults).toEqual([])
    expect(documents.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'System billing',
      'Port billing-db',
      'Entity acme-eu',
      'Policy company',
      'Zone app-tier',
      'Contract globex-dpa',
    ])
    expect(documents[5]?.spec['document']).toEqual({ sha256: '0'.repeat(64) })
    expect(documents[1]?.spec['reviewBy']).toBe('2027-05-01')
  })
})

describe('one mistake is one fault, where it stands, with a way out', () => {
  const cases: readonly (readonly [name: string, text: string, fault: string])[] = [
    [
      'a tab',
      edit('  purpose', '\tpurpose'),
      '7:1 the YAML is broken: a tab indents here | indent with spaces',
    ],
    [
      'an open bracket',
      edit('5432 }]', '5432 }'),
      '7:3 the YAML is broken: this line is indented differently from its neighbours | fields of one object begin in the same column',
    ],
    [
      'an unknown field',
      edit('purpose:', 'pupose: x\n  purpose:'),
      '7:3 unknown field `pupose` in spec | did you mean `purpose`?',
    ],
    [
      'an unknown field inside a list',
      edit('port: 5432', 'port: 5432, zzzzzz: 1'),
      '6:44 unknown field `zzzzzz` in bindings[0] | fields here: transport, port, address, device',
    ],
    ['a port of 70000', edit('5432', '70000'), '6:38 bindings[0].port: port 70000 is outside 1 to 65535 | '],
    ['port 0', edit('5432', '0'), '6:38 bindings[0].port: port 0 is outside 1 to 65535 | '],
    [
      'a range upside down',
      edit('5432', '8100-8000'),
      '6:38 bindings[0].port: the range `8100-8000` is upside down | ',
    ],
    [
      'a range beyond the last port',
      edit('5432', '8000-70000'),
      '6:38 bindings[0].port: port 70000 is outside 1 to 65535 | ',
    ],
    [
      'a port by name',
      edit('5432', 'https'),
      '6:38 bindings[0].port: `https` is neither a port nor a range of ports | ',
    ],
    [
      'a fraction',
      edit('5432', '54.32'),
      '6:38 bindings[0].port: `54.32` is neither a port nor a range of ports | ',
    ],
    [
      'a wrong transport',
      edit('tcp', 'tpc'),
      '6:27 bindings[0].transport: `tpc` is not a value that is known here | did you mean `tcp`?',
    ],
    [
      'an address that is none',
      edit('5432', '5432, address: 10.0.3'),
      '6:53 bindings[0].address: `10.0.3` is not an IP address | ',
    ],
    [
      'a date that does not exist',
      `${PORT}  reviewBy: 2027-02-29\n`,
      '8:13 reviewBy: `2027-02-29` is not a date (YYYY-MM-DD) | ',
    ],
    [
      'a missing field',
      edit('  purpose: The invoices of every customer\n', ''),
      '5:3 purpose is missing | Business purpose, specific enough to test whether it is needed',
    ],
    [
      'a field without value',
      edit('purpose: The invoices of every customer', 'purpose:'),
      '7:3 purpose has no value | Business purpose, specific enough to test whether it is needed',
    ],
    [
      'a text that is a number',
      edit('The invoices of every customer', '7'),
      '7:12 purpose: `7` is not a text | put it in quotes',
    ],
    [
      'a list that is none',
      `${PORT}  safeguards: tls\n`,
      '8:15 safeguards: `tls` is not a list | put it in brackets: [a, b]',
    ],
    [
      'two places',
      edit('host: db-1', 'host: db-1, gateway: { name: a, route: b }'),
      '5:7 at: more than one place is named: host, gateway | name exactly one of host, kubernetes, compose, aws, gateway',
    ],
    [
      'a name that is none',
      edit('billing-db', 'Billing_DB'),
      '3:19 metadata.name: `Billing_DB` is not a name: lower-case letters, digits, `.` and `-`, at most 63, a letter or digit first | ',
    ],
    [
      'another version',
      edit('v1', 'v2'),
      '1:13 the apiVersion `portreeve.dev/v2` is not known | write `apiVersion: portreeve.dev/v1`',
    ],
    [
      'no kind',
      edit('kind: Port\n', ''),
      '1:1 `kind` is missing | one of Port, System, Place, Zone, Entity, Party, Policy, Contract',
    ],
    [
      'a kind that is none',
      edit('kind: Port', 'kind: Prot'),
      '2:7 the kind `Prot` is not known | did you mean `Port`?',
    ],
    [
      'a kind of a later version',
      edit('kind: Port', 'kind: Authority'),
      '2:7 the kind `Authority` is not known | this version does not read documents of this kind yet',
    ],
    [
      'a text instead of a document',
      'hello',
      '1:1 this is not a document: it has no fields | begin with `apiVersion: portreeve.dev/v1`, `kind: …`',
    ],
    [
      'a field twice',
      `${PORT}  purpose: again\n`,
      '8:3 the field `purpose` stands here twice | keep one of them',
    ],
    ['a prototype', `${PORT}  __proto__: { owner: me }\n`, '8:3 unknown field `__proto__` | take it out'],
    ['a constructor', `${PORT}  constructor: 1\n`, '8:3 unknown field `constructor` in spec | fields here: '],
    [
      'text that turns around',
      edit('The invoices', 'The \u202einvoices'),
      '7:12 the text holds a character that cannot be seen | take it out, or describe it in words',
    ],
    [
      'a field name that moves the cursor',
      `${PORT}  "a\\u001b[2J": 1\n`,
      '8:3 a field name holds a character that cannot be seen | take it out',
    ],
    [
      'a tag',
      edit('5432', '!!int 5432'),
      '6:44 the tag tag:yaml.org,2002:int has no meaning here | leave it out; quote a value that must be text',
    ],
    [
      'a recursive alias',
      `${PORT}  audience: &a [*a]\n`,
      '8:17 the alias *a stands inside its own anchor | set &a earlier in the same document',
    ],
    [
      'deep nesting',
      '['.repeat(100_000),
      '1:33 values are nested deeper than 32 levels; the file is not read any further | no document needs more than eight',
    ],
  ]
  test.each(cases)('%s', (_, text, expected) => {
    const { documents, faults } = parseDocuments([{ name: 'a.yaml', text }])
    expect(documents).toEqual([])
    expect(faults).toHaveLength(1)
    expect(faultText(faults[0]!).slice(0, expected.length)).toBe(expected)
  })

  test('a prefix with host bits says which one was meant', () => {
    const zone =
      'apiVersion: portreeve.dev/v1\nkind: Zone\nmetadata: { name: z }\nspec: { level: vpc, cidrs: [10.0.3.7/24] }\n'
    const { faults } = parseDocuments([{ name: 'a.yaml', text: zone }])
    expect(faults.map(faultText)).toEqual([
      '4:29 cidrs[0]: `10.0.3.7/24` has bits set behind its prefix | write 10.0.3.0/24',
    ])
  })

  test('a clause with the parameters of another kind', () => {
    expect(faultsOf('{ id: 7.2, kind: residency, allowed: [EU], covers: storage, hours: 4 }')).toEqual([
      '8:73 unknown field `hours` in clauses[0] | fields here: id, kind, allowed, covers, quote, readBy',
    ])
    expect(faultsOf('{ id: "1", kind: residence }')).toEqual([
      '8:30 clauses[0].kind: this kind of clause is not known | did you mean `residency`?',
    ])
    expect(faultsOf('{ id: "1", kind: breach-notice, basis: elapsed, trigger: suspected }')).toEqual([
      '8:13 clauses[0].hours is missing | Hours',
    ])
  })
})

describe('many documents', () => {
  test('a name twice is a fault at the second, which names the first', () => {
    const { documents, faults } = parseDocuments([
      { name: 'a.yaml', text: PORT },
      { name: 'b.yaml', text: `---\n${PORT}` },
    ])
    expect(documents).toHaveLength(1)
    expect(faults).toEqual([
      {
        message: 'Port `billing-db` is declared twice: it stands at a.yaml:1 too',
        position: { file: 'b.yaml', line: 4, column: 19 },
        hint: 'rename one of them, or make them one document',
      },
    ])
  })

  test('faults come in the order of the file and do not hide each other', () => {
    const text = [
      edit('5432', '70000'),
      PORT,
      edit('kind: Port', 'kind: X'),
      edit('billing-db', 'b2'),
      'a: b: c\n',
    ].join('---\n')
    const { documents, faults } = parseDocuments([{ name: 'a.yaml', text }])
    expect(documents.map(({ name }) => name)).toEqual(['billing-db', 'b2'])
    expect(faults.map(({ position }) => position?.line)).toEqual([6, 18, 33])
  })

  test('more than a hundred faults are counted', () => {
    const text = Array.from({ length: 250 }, () => 'kind: x\n').join('---\n')
    const { faults } = parseDocuments([{ name: 'a.yaml', text }])
    expect(faults).toHaveLength(101)
    expect(faults.at(-1)).toEqual({ message: 'and 150 more', position: null, hint: 'mend these first' })
  })

  test('empty documents and comments are none', () => {
    expect(parseDocuments([{ name: 'a.yaml', text: '# nothing\n---\n---\n# here\n' }])).toEqual({
      documents: [],
      faults: [],
    })
  })

  test('lines may end as on Windows, and the file may begin with a byte order mark', () => {
    const { documents, faults } = parseDocuments([
      { name: 'a.yaml', text: `\ufeff${PORT.replaceAll('\n', '\r\n')}` },
    ])
    expect(faults).toEqual([])
    expect(documents[0]?.spec['purpose']).toBe('The invoices of every customer')
  })
})

describe('a hostile file', () => {
  test('an alias bomb is one fault, not a full memory', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]\n`)
    const { faults } = parseDocuments([
      { name: 'a.yaml', text: `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${levels.join('')}` },
    ])
    expect(faults).toHaveLength(1)
    expect(faults[0]?.message).toBe('aliases repeat values until the document is larger than 10000 values')
  })

  test('aliases of many documents share one budget', () => {
    const bomb = `a: &a [${'1,'.repeat(90)}]\nb: &b [${'*a,'.repeat(90)}]\n`
    const { faults } = parseDocuments([{ name: 'a.yaml', text: `${bomb}---\n`.repeat(60) }])
    expect(faults.at(-1)?.message).toMatch(/^aliases repeat values/)
  })

  test('a document that no ledger entry could hold is refused', () => {
    const audience = Array.from({ length: 250 }, (_, i) => `${'z'.repeat(58)}-${i}`).join(', ')
    const contracts = audience.replaceAll('z', 'c')
    const { faults } = parseDocuments([
      { name: 'a.yaml', text: `${PORT}  audience: [${audience}]\n  contracts: [${contracts}]\n` },
    ])
    expect(faults.map(({ message }) => message)).toEqual(['the document is larger than 28 KiB'])
  })

  test('nothing it holds reaches the prototype of objects', () => {
    parseDocuments([{ name: 'a.yaml', text: `${PORT}  __proto__: { polluted: true }\n` }])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('a hundred thousand lines are read to the end', () => {
    const text = `${PORT}  audience:\n${'    - X Y\n'.repeat(9_000)}---\n`.repeat(11)
    const { faults } = parseDocuments([{ name: 'a.yaml', text }])
    expect(faults).toHaveLength(11)
    expect(faults.at(-1)?.position?.line).toBe(90_099)
  })
})

function edit(from: string, to: string): string {
  if (!PORT.includes(from)) throw new Error(`no ${from} in the document`)
  return PORT.replace(from, to)
}

function faultText({ message, position, hint }: Fault): string {
  return `${position?.line}:${position?.column} ${message} | ${hint ?? ''}`
}

function contract(clause: string): string {
  return `apiVersion: portreeve.dev/v1
kind: Contract
metadata: { name: c }
spec:
  kind: msa
  party: globex
  effective: { from: 2026-01-01 }
  clauses: [${clause}]
`
}

function faultsOf(clause: string): string[] {
  return parseDocuments([{ name: 'a', text: contract(clause) }]).faults.map(faultText)
}
