import { z } from 'zod'

import { DOCUMENT_KINDS } from '../model/document.ts'
import { ENTRY_TYPES, type EntryType } from '../model/entry.ts'
import { SEVERITIES } from '../model/finding.ts'
import { KEPT_TABLES } from '../model/kept.ts'
import { DOCUMENTED, OBSERVED, TRANSPORTS } from '../model/port.ts'
import { POPULATIONS } from '../model/population.ts'
import { KEY_OPERATIONS } from './key-operations.ts'
import { operation } from './operation.ts'
import { PRIVACY_OPERATIONS } from './privacy-operations.ts'
import {
  AsOf,
  CheckpointView,
  CheckReport,
  CoverageReport,
  DeclareReport,
  DocumentView,
  EntryPage,
  EntryProof,
  EntryView,
  EvidencePack,
  Finding,
  IntervalView,
  Overview,
  PortPage,
  PortsPage,
  ScanReport,
  TimestampView,
  Session,
  WhyReport,
} from './views.ts'

/** Numbers arrive as text in a query. */
const count = (max: number) => z.coerce.number().int().min(1).max(max)
const page = { cursor: z.string().max(2000).optional(), limit: count(1000).default(100) }

export const PORT_FILTER = {
  owner: z.string().optional(),
  system: z.string().optional(),
  place: z.string().optional(),
  observed: z.enum(OBSERVED).optional(),
  documented: z.enum(DOCUMENTED).optional(),
  transport: z.enum(TRANSPORTS).optional(),
  port: z.coerce.number().int().min(0).max(65535).optional(),
  finding: z.string().optional().describe('a rule id, or a severity for that and above'),
  record: z.string().optional(),
  q: z
    .string()
    .max(200)
    .optional()
    .describe('substring over id, record, service, process, owner, system and purpose'),
}

/** Turns a question to a moment in the past. */
const asOf = {
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe(
      'the book as of this time, RFC 3339: from the entries before the first one that says a later time',
    ),
}

const port = z.string().min(1).describe('a record name, a port id, or HOST:PORT/PROTO that matches one port')

/** RFC 3339; the log writes it in UTC with milliseconds, and so it is compared. */
const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString())

const entryTypes = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',') : value),
  z.array(z.enum(ENTRY_TYPES as readonly [EntryType, ...EntryType[]])).optional(),
)

const period = { from: instant.optional(), until: instant.optional().describe('not included') }

/** What every evidence pack is asked for with. */
const PACK = {
  question: z.string().min(1).max(1024).optional(),
  disclose: z.boolean().default(false).describe('open the values that identify persons; for administrators'),
}

/** A snapshot of the state, by its entry and how many entries it was folded from. */
const SnapshotName = z.object({ entry: z.int(), size: z.int() })

export const OPERATIONS = {
  overview: operation({
    method: 'GET',
    path: '/overview',
    summary: 'What needs you, how complete the book is, and what changed',
    capability: 'read',
    input: z.object({}),
    output: Overview,
    refusals: [],
  }),
  listPorts: operation({
    method: 'GET',
    path: '/ports',
    summary: 'The book, filtered and paged',
    capability: 'read',
    input: z.object({
      ...PORT_FILTER,
      sort: z.enum(['id', 'port', 'owner', 'since', 'severity']).default('id'),
      order: z.enum(['asc', 'desc']).default('asc'),
      ...page,
      ...asOf,
    }),
    output: PortsPage,
    refusals: ['bad-input', 'not-found'],
  }),
  portFacets: operation({
    method: 'GET',
    path: '/facets/ports',
    summary: 'How many ports each owner, system, place, state or finding has, under the given filter',
    capability: 'read',
    input: z.object({
      ...PORT_FILTER,
      by: z.enum(['owner', 'system', 'place', 'observed', 'documented', 'finding', 'transport']),
      limit: count(500).default(50),
      ...asOf,
    }),
    output: z.object({ values: z.array(z.object({ value: z.string().nullable(), count: z.int() })) }),
    refusals: ['bad-input', 'not-found'],
  }),
  showPort: operation({
    method: 'GET',
    path: '/ports/{port}',
    summary: 'One port: the answer in a sentence, its record, sightings, findings and history',
    capability: 'read',
    input: z.object({ port, ...asOf }),
    output: PortPage,
    refusals: ['bad-input', 'not-found', 'port-ambiguous'],
  }),
  whyPort: operation({
    method: 'GET',
    path: '/ports/{port}/why',
    summary: 'Which record, which sightings and which rules make the port what the book says it is',
    capability: 'read',
    input: z.object({ port, ...asOf }),
    output: WhyReport,
    refusals: ['bad-input', 'not-found', 'port-ambiguous'],
  }),
  portInterval: operation({
    method: 'GET',
    path: '/ports/{port}/interval',
    summary: 'When a port went live: what the collector claims, where it is logged, what others prove',
    capability: 'read',
    input: z.object({ port }),
    output: IntervalView,
    refusals: ['not-found', 'port-ambiguous'],
  }),
  provePort: operation({
    method: 'POST',
    path: '/ports/{port}/evidence',
    summary: 'An evidence pack on one port: what the log proves of it, to be checked offline by anybody',
    capability: 'read',
    input: z.object({
      port,
      at: instant.optional().describe('the moment asked about; else the present'),
      ...period,
      ...PACK,
    }),
    output: EvidencePack,
    refusals: ['not-found', 'port-ambiguous', 'bad-input', 'forbidden'],
  }),
  freezePopulation: operation({
    method: 'POST',
    path: '/populations',
    summary: 'Count a population and put its digest on the ledger, before anybody draws from it',
    capability: 'declare',
    input: z.object({ population: z.enum(POPULATIONS), ...period }),
    output: z.object({
      index: z.int().describe('the entry that froze it'),
      count: z.int().describe('its items'),
      digest: z.base64().describe('over its items: evidence-pack-v1.md, "Sample"'),
    }),
    refusals: ['bad-input'],
  }),
  drawSample: operation({
    method: 'POST',
    path: '/samples',
    summary: 'Draw from a frozen population by an auditor’s seed, and pack what was drawn as evidence',
    capability: 'read',
    input: z.object({
      frozen: z.int().min(0).describe('the entry that froze the population'),
      seed: z.string().regex(/^[ -~]{1,128}$/, '1 to 128 printable ASCII characters'),
      size: z.int().min(1).max(1_000),
      ...PACK,
    }),
    output: EvidencePack,
    refusals: ['bad-input', 'not-found', 'conflict', 'forbidden'],
  }),
  listFindings: operation({
    method: 'GET',
    path: '/findings',
    summary: 'Candidate findings',
    capability: 'read',
    input: z.object({
      rule: z.string().optional(),
      place: z.string().optional(),
      level: z.enum(SEVERITIES).optional(),
      ...page,
      ...asOf,
    }),
    output: z.object({ findings: z.array(Finding), next: z.string().nullable(), asOf: AsOf.nullable() }),
    refusals: ['bad-input', 'not-found'],
  }),
  coverage: operation({
    method: 'GET',
    path: '/coverage',
    summary: 'Which places were observed, on which days, how completely',
    capability: 'read',
    input: z.object({ place: z.string().optional(), days: count(366).default(14) }),
    output: CoverageReport,
    refusals: [],
  }),
  listDocuments: operation({
    method: 'GET',
    path: '/documents',
    summary: 'Documents in the book',
    capability: 'read',
    input: z.object({ kind: z.enum(DOCUMENT_KINDS).optional(), ...asOf }),
    output: z.object({ documents: z.array(DocumentView), asOf: AsOf.nullable() }),
    refusals: ['bad-input', 'not-found'],
  }),
  declare: operation({
    method: 'POST',
    path: '/documents',
    summary: 'Put documents into the book; with dryRun, only say what would change',
    capability: 'declare',
    input: z.object({
      files: z
        .array(z.object({ name: z.string().max(4096), text: z.string().max(8_000_000) }))
        .min(1)
        .max(100_000),
      dryRun: z.boolean().default(false),
      idempotencyKey: z.string().max(200).optional(),
    }),
    output: DeclareReport,
    refusals: ['document-invalid', 'leaf-invalid', 'idempotency-conflict'],
  }),
  closeRecord: operation({
    method: 'POST',
    path: '/documents/{kind}/{name}/close',
    summary: 'Take a document out of the book; a tombstone with the reason stays',
    capability: 'declare',
    input: z.object({
      kind: z.enum(DOCUMENT_KINDS),
      name: z.string(),
      reason: z.string().min(1).max(2000),
      idempotencyKey: z.string().max(200).optional(),
    }),
    output: z.object({ index: z.int() }),
    refusals: ['not-found', 'conflict', 'idempotency-conflict'],
  }),
  check: operation({
    method: 'GET',
    path: '/check',
    summary: 'The gate over the book',
    capability: 'read',
    input: z.object({ failOn: z.enum(SEVERITIES).optional() }),
    output: CheckReport,
    refusals: [],
  }),
  recordScan: operation({
    method: 'POST',
    path: '/scans',
    summary: 'Read files of this machine and write their sightings to the book',
    capability: 'observe',
    local: true,
    input: z.object({
      paths: z.array(z.string()).describe('absolute paths; none: this host'),
      as: z.string().optional(),
      vantage: z.string().optional(),
      input: z
        .string()
        .optional()
        .describe('the path that holds a copy of standard input; its source is called -'),
    }),
    output: ScanReport,
    refusals: ['file-unreadable', 'source-invalid', 'source-unknown', 'source-too-large'],
  }),
  listEntries: operation({
    method: 'GET',
    path: '/ledger/entries',
    summary: 'Entries of the ledger, newest first unless from is given',
    capability: 'read',
    input: z.object({
      from: z.coerce.number().int().min(0).optional(),
      before: z.coerce.number().int().min(0).optional().describe('newest first from this entry on'),
      types: entryTypes,
      place: z.string().min(1).max(2000).optional().describe('its sightings, coverage and Port documents'),
      port: port.optional().describe('its sightings, and the documents that were its record'),
      limit: count(1000).default(100),
    }),
    output: z.object({ size: z.int(), entries: z.array(EntryView), next: z.int().nullable() }),
    refusals: ['bad-input', 'not-found', 'port-ambiguous'],
  }),
  showEntry: operation({
    method: 'GET',
    path: '/ledger/entries/{index}',
    summary: 'One entry with its exact bytes',
    capability: 'read',
    input: z.object({ index: z.coerce.number().int().min(0) }),
    output: EntryPage,
    refusals: ['not-found'],
  }),
  proveEntry: operation({
    method: 'GET',
    path: '/ledger/entries/{index}/proof',
    summary: 'The proof that an entry lies in the log, under the newest signed checkpoint',
    capability: 'read',
    input: z.object({ index: z.coerce.number().int().min(0) }),
    output: EntryProof,
    refusals: ['not-found'],
  }),
  showCheckpoint: operation({
    method: 'GET',
    path: '/ledger/checkpoint',
    summary: 'The newest signed checkpoint, or the archived one of a size',
    capability: 'read',
    input: z.object({ size: z.coerce.number().int().min(1).optional() }),
    output: CheckpointView,
    refusals: ['not-found'],
  }),
  showTrust: operation({
    method: 'GET',
    path: '/ledger/trust',
    summary: 'The trust file: what a verifier has to know and cannot learn from the evidence',
    capability: 'read',
    input: z.object({}),
    output: z.object({ text: z.string().describe('docs/formats/trust-v1.md') }),
    refusals: ['not-found'],
  }),
  listCheckpoints: operation({
    method: 'GET',
    path: '/ledger/checkpoints',
    summary: 'The archive of signed checkpoints with their cosignatures, smallest first',
    capability: 'read',
    input: z.object({ from: z.coerce.number().int().min(0).default(0), limit: count(1000).default(100) }),
    output: z.object({
      checkpoints: z.array(z.object({ size: z.int(), note: z.string() })),
      next: z.int().nullable(),
    }),
    refusals: [],
  }),
  listTimestamps: operation({
    method: 'GET',
    path: '/ledger/timestamps',
    summary:
      'RFC 3161 tokens over checkpoints, with the notes that were stamped and their chains, smallest first',
    capability: 'read',
    input: z.object({ from: z.coerce.number().int().min(0).default(0), limit: count(100).default(100) }),
    output: z.object({ timestamps: z.array(TimestampView), next: z.int().nullable() }),
    refusals: [],
  }),
  readTile: operation({
    method: 'GET',
    path: '/ledger/tiles/{path}',
    summary: 'A tile or a bundle of entries by its path (C2SP tlog-tiles), as it stands below /ledger/ too',
    capability: 'read',
    input: z.object({ path: z.string().max(60).describe('tile/0/x001/067, tile/entries/000.p/3') }),
    output: z.object({ bytes: z.base64() }),
    refusals: ['not-found'],
  }),
  ...KEY_OPERATIONS,
  readKept: operation({
    method: 'GET',
    path: '/backup/{table}',
    summary: 'Rows of the store that a backup keeps beside the entries',
    capability: 'administer',
    local: true,
    input: z.object({
      table: z.enum(KEPT_TABLES),
      after: z.string().max(8192).optional(),
      limit: count(10_000).default(5_000),
    }),
    output: z.object({ rows: z.array(z.record(z.string(), z.unknown())), next: z.string().nullable() }),
    refusals: ['bad-input'],
  }),
  rebuild: operation({
    method: 'POST',
    path: '/rebuild',
    summary: 'Throw the projection away and fold it again from the ledger and the sealed store',
    capability: 'administer',
    local: true,
    input: z.object({
      fromStart: z.boolean().default(false).describe('pass over every snapshot of the state'),
    }),
    output: z.object({
      entries: z.int(),
      milliseconds: z.int(),
      identical: z.boolean(),
      from: SnapshotName.nullable().describe('the snapshot of the state that it began at'),
      passedOver: z.array(SnapshotName.extend({ why: z.string() })).describe('snapshots of no use'),
    }),
    refusals: ['sealed-keys'],
  }),
  ...PRIVACY_OPERATIONS,
  openSession: operation({
    method: 'POST',
    path: '/session',
    summary: 'Exchange a one-time link for a session cookie',
    capability: 'none',
    input: z.object({ link: z.string().max(200) }),
    output: Session,
    refusals: ['link-spent'],
  }),
  showSession: operation({
    method: 'GET',
    path: '/session',
    summary: 'Who you are here',
    capability: 'read',
    input: z.object({}),
    output: Session,
    refusals: ['signed-out'],
  }),
  closeSession: operation({
    method: 'DELETE',
    path: '/session',
    summary: 'Sign out',
    capability: 'read',
    input: z.object({}),
    output: z.object({}),
    refusals: [],
  }),
  makeLink: operation({
    method: 'POST',
    path: '/links',
    summary: 'A new one-time link for the console',
    capability: 'administer',
    local: true,
    input: z.object({}),
    output: z.object({ link: z.string(), until: z.string() }),
    refusals: [],
  }),
} as const

export type OperationName = keyof typeof OPERATIONS
export type Input<N extends OperationName> = z.input<(typeof OPERATIONS)[N]['input']>
export type Parsed<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['input']>
export type Output<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['output']>

/** Who asks. The data folder's socket makes its peer the operator; a session makes its holder a person. */
export interface Actor {
  /** Pseudonym, `[a-z0-9_-]+`; never a name or a mail address. */
  readonly id: string
  readonly capabilities: readonly string[]
}

/** Answers operations: in this process, in a worker, or across a socket. Throws `Refusal` and `Fatal`. */
export interface Desk {
  call<N extends OperationName>(name: N, input: Input<N>, actor?: Actor): Promise<Output<N>>
}
