import { z } from 'zod'

import { DOCUMENT_KINDS } from '../model/document.ts'
import { ENTRY_TYPES } from '../model/entry.ts'
import { SEVERITIES } from '../model/finding.ts'
import { APPROVAL, DOCUMENTED, ENFORCEMENT, FAMILIES, OBSERVED, TRANSPORTS } from '../model/port.ts'
import { LEVELS, REASON_CODES } from '../model/reach.ts'
import { PLACE_KINDS, SOURCE_KINDS } from '../model/source.ts'
import { SignatureView } from './keys.ts'
import { HoldView } from './privacy.ts'

/** What the API answers with. Null is "the source does not say"; an empty list is "there is none". */

export const Instant = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds')
export const Severity = z.enum(SEVERITIES)

export const Service = z.object({ name: z.string(), by: z.enum(['declared', 'probed', 'guess']) })

export const Process = z.object({
  pid: z.int().nullable(),
  name: z.string().nullable(),
  path: z.string().nullable(),
  user: z.string().nullable(),
  unit: z.string().nullable(),
  container: z.string().nullable(),
})

export const Finding = z.object({
  fingerprint: z.string(),
  rule: z.string(),
  severity: Severity,
  status: z.literal('candidate'),
  adopted: z.boolean(),
  text: z.string(),
  hint: z.string().nullable(),
  cites: z.array(z.string()),
  port: z.string().nullable(),
  record: z.string().nullable(),
  place: z.string().nullable(),
  since: Instant.nullable(),
  at: z.string().nullable(),
})

export const Opened = z.object({
  notBefore: Instant.nullable(),
  notAfter: Instant,
  claimedBy: z.literal('collector'),
  provenWidth: z
    .string()
    .nullable()
    .describe('ISO 8601 duration between independent brackets; null where there is none'),
})

export const Flaps = z.object({ count: z.int(), first: Instant, last: Instant })

/** From where a port can be reached. `must` is part of `may`; what lies between them, `reasons` explain. */
export const Reach = z.object({
  must: z.array(z.string()).describe('zones that surely can'),
  may: z.array(z.string()).describe('zones that can where everything unknown is open'),
  via: z
    .array(
      z.object({
        from: z.string(),
        through: z.string(),
        bound: z.enum(['must', 'may']),
        authenticates: z.boolean().nullable(),
        source: z.string().nullable(),
      }),
    )
    .describe('ways through something that ends the connection and opens another'),
  accessible: z
    .array(z.string())
    .describe('zones that have a way to it, whether or not a rule lets a packet pass'),
  level: z.object({ must: z.array(z.enum(LEVELS)), may: z.array(z.enum(LEVELS)) }),
  reasons: z.array(z.object({ code: z.enum(REASON_CODES), text: z.string() })),
  paths: z.array(
    z.object({
      from: z.string(),
      bound: z.enum(['must', 'may']),
      hops: z.array(z.object({ at: z.string(), rule: z.string(), source: z.string().nullable() })),
    }),
  ),
})

/** One port as `scan --json` and `ports --json` print it. */
export const PortView = z.object({
  id: z.string(),
  record: z.string().nullable(),
  service: Service.nullable(),
  host: z.string().nullable(),
  place: z.string(),
  workload: z.string().nullable(),
  transport: z.enum(TRANSPORTS),
  address: z.string().nullable(),
  device: z.string().nullable(),
  family: z.enum(FAMILIES).nullable(),
  port: z.int(),
  lastPort: z.int().describe('equal to port, or the last of a range that one record or manifest covers'),
  process: Process.nullable(),
  processes: z.array(Process),
  reach: Reach.nullable().describe('null where nobody has computed it; notes of the source say why'),
  observed: z.enum(OBSERVED),
  documented: z.enum(DOCUMENTED),
  approval: z.enum(APPROVAL),
  enforcement: z.enum(ENFORCEMENT),
  opened: Opened.nullable(),
  closed: Opened.nullable(),
  flaps: Flaps.nullable(),
  flags: z.array(z.string()),
  sources: z.array(z.string()),
  system: z.string().nullable(),
  owner: z.string().nullable(),
  environment: z.string().nullable(),
  purpose: z.string().nullable(),
  detail: z.string().nullable(),
  at: z.string().nullable().describe('file:line where a file shows it'),
  findings: z.array(Finding),
})

/** Which entries a question about the past was answered from. */
export const AsOf = z.object({
  at: Instant,
  size: z.int().describe('entries of the ledger that count; the last has index size - 1'),
  lastEntryAt: Instant.describe('the time that the last of them says'),
  contradicted: z
    .boolean()
    .describe(
      'entries behind them say this time or an earlier one: older scans, or a clock that was set back',
    ),
})
export type AsOf = z.infer<typeof AsOf>

export const SourceView = z.object({
  name: z.string(),
  kind: z.enum(SOURCE_KINDS),
  vantage: z.string().nullable(),
  digest: z.string().nullable(),
  complete: z.boolean(),
  notes: z.array(z.string()),
})

export const PortsReport = z.object({
  version: z.literal(1),
  at: Instant,
  sources: z.array(SourceView),
  ports: z.array(PortView),
})

export const PortsPage = PortsReport.extend({
  asOf: AsOf.nullable(),
  next: z.string().nullable(),
  total: z.object({ count: z.int(), exact: z.boolean() }),
})

export const DocumentView = z.object({
  kind: z.enum(DOCUMENT_KINDS),
  name: z.string(),
  spec: z.record(z.string(), z.unknown()),
  digest: z.string(),
  declaredAt: Instant,
  fromIndex: z.int(),
  toIndex: z.int().nullable(),
  at: z.string().nullable(),
})

export const TimelineEvent = z.object({
  at: Instant,
  index: z.int().describe('the ledger entry that says so'),
  kind: z.enum(['opened', 'closed', 'unknown', 'changed', 'flapped', 'declared', 'amended', 'withdrawn']),
  text: z.string(),
  source: z.string().nullable(),
})

export const SightingView = z.object({
  source: z.string(),
  kind: z.enum(SOURCE_KINDS),
  vantage: z.string().nullable(),
  state: z.enum(OBSERVED),
  since: z.object({ notBefore: Instant.nullable(), notAfter: Instant }),
  lastPass: Instant.nullable(),
  index: z.int(),
  at: z.string().nullable(),
  detail: z.string().nullable(),
  text: z.string(),
})

export const PortPage = z.object({
  sentence: z.string().describe('the answer in plain words'),
  asOf: AsOf.nullable(),
  port: PortView,
  record: DocumentView.nullable(),
  system: DocumentView.nullable(),
  sightings: z.array(SightingView),
  timeline: z.array(TimelineEvent),
  holds: z.array(HoldView).describe('holds and freezes that stand and keep something of this page'),
  suggestion: z
    .string()
    .nullable()
    .describe('a Port document that would declare it, as YAML; null where it is declared'),
})

export const WhyReport = z.object({
  sentence: z.string(),
  asOf: AsOf.nullable(),
  port: PortView,
  steps: z.array(z.object({ question: z.string(), answer: z.string(), entries: z.array(z.int()) })),
})

export const CoverageDay = z.object({
  day: z.iso.date(),
  state: z.enum(['full', 'partial', 'never']),
  passes: z.int(),
  completePasses: z.int(),
  coveredMs: z.int(),
  gaps: z.array(z.object({ from: Instant, until: Instant })),
})

export const PlaceCoverage = z.object({
  place: z.string(),
  kind: z.enum(PLACE_KINDS),
  inScope: z.boolean(),
  declared: z.boolean(),
  names: z.array(z.string()),
  addresses: z.array(z.string()),
  sources: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(SOURCE_KINDS),
      vantage: z.string().nullable(),
      state: z.enum(['observing', 'silent', 'stopped', 'once']),
      lastPass: Instant,
      lastComplete: Instant.nullable(),
      collector: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
      notes: z.array(z.string()),
    }),
  ),
  days: z.array(CoverageDay),
})

export const CoverageReport = z.object({
  version: z.literal(1),
  at: Instant,
  summary: z.object({ inScope: z.int(), full: z.int(), partial: z.int(), never: z.int() }),
  places: z.array(PlaceCoverage),
  sealed: z
    .object({
      values: z.int().describe('sealed values that the store holds'),
      lost: z.int().describe('of those: nobody erased them, but the keys that open them are not here'),
    })
    .describe('values that identify persons'),
})

export const Overview = z.object({
  at: Instant,
  sentence: z.string(),
  mode: z.enum(['documenting', 'governing']),
  ports: z.object({ open: z.int(), declared: z.int(), undeclared: z.int() }),
  findings: z.array(z.object({ rule: z.string(), severity: Severity, count: z.int(), title: z.string() })),
  coverage: CoverageReport.shape.summary,
  changes: z.array(TimelineEvent.extend({ port: z.string().nullable() })),
  ledger: z.object({
    origin: z.string(),
    size: z.int(),
    root: z.string(),
    signedSize: z
      .int()
      .nullable()
      .describe('entries under the newest signed checkpoint; null: none is signed yet'),
  }),
})

export const EntryView = z.object({
  index: z.int(),
  id: z.string(),
  type: z.enum(ENTRY_TYPES),
  at: Instant,
  summary: z.string(),
})

export const EntryPage = EntryView.extend({
  body: z.record(z.string(), z.unknown()),
  withheld: z.array(z.string()),
  lost: z
    .array(z.string())
    .describe('of those withheld: no erasure is on record, but the value or its key is not here'),
  leaf: z.string().describe('the exact leaf bytes as UTF-8 text'),
  leafHash: z.string().describe('RFC 6962 leaf hash, base64'),
  by: z.string().nullable().describe('pseudonym of who speaks; null where the log alone vouches'),
  signatures: z.array(SignatureView),
})

export const EntryProof = z.object({
  index: z.int(),
  size: z.int().describe('entries under the checkpoint of the proof'),
  text: z
    .string()
    .describe('C2SP tlog-proof: the index, the hashes from leaf to root (base64), and the checkpoint'),
})

export const CheckpointView = z.object({
  origin: z.string(),
  size: z.int(),
  root: z.string().describe('base64'),
  note: z
    .string()
    .describe('C2SP signed note: tlog-checkpoint with the signature of the log and cosignatures'),
  sentence: z.string().describe('who outside the book vouches for this checkpoint, in words'),
  timestamps: z.array(
    z.object({
      authority: z.string(),
      at: Instant.describe('the time of the stamp'),
      anchored: z.int().nullable().describe('the entry that holds the digest of the token'),
    }),
  ),
  authorities: z.array(
    z.object({
      authority: z.string(),
      url: z.string(),
      stamped: z.int().describe('entries under the largest checkpoint that it stamped; 0: none'),
      at: Instant.nullable().describe('when it did'),
      state: z.string().describe('ok, or what is wrong: silent, refuses, invalid, nonsense; unasked'),
      detail: z.string().nullable(),
      since: Instant.nullable(),
    }),
  ),
  external: z.boolean().describe('whether anybody outside the book does'),
  cosignatures: z.array(
    z.object({
      witness: z.string().describe('as the policy calls it'),
      name: z.string().describe('of its key'),
      at: Instant.describe('by the clock of the witness'),
    }),
  ),
  quorum: z.enum(['none', 'met', 'missing']).describe('none: the policy asks for no witness'),
  witnesses: z.array(
    z.object({
      witness: z.string(),
      name: z.string(),
      url: z.string().nullable(),
      cosigned: z.int().describe('entries under the largest checkpoint that it cosigned; 0: none'),
      state: z
        .string()
        .describe('ok, or what is wrong: silent, refuses, behind, ahead, nonsense, fork; unasked'),
      detail: z.string().nullable(),
      since: Instant.nullable(),
    }),
  ),
})

const Seen = z
  .object({
    by: z.string().describe('the witness or authority, in words'),
    at: Instant,
    size: z.int().describe('of the checkpoint that it vouches for'),
  })
  .nullable()

export const IntervalView = z.object({
  port: z.string(),
  opening: z
    .object({
      source: z.string(),
      claimed: z.object({
        notBefore: Instant.nullable().describe('last complete pass that saw it closed'),
        notAfter: Instant.describe('first seen open'),
        clock: z.string().nullable().describe('synchronised, unsynchronised or unknown, by the collector'),
      }),
      logged: z.object({ index: z.int(), at: Instant }),
      authorised: z.object({ index: z.int(), type: z.string(), at: Instant }).nullable(),
      proven: z.object({ notBefore: Seen, notAfter: Seen }),
      checkpoints: z.object({ before: z.int().nullable(), after: z.int().nullable() }),
      width: z.object({
        claimed: z.int().nullable().describe('milliseconds'),
        proven: z.int().nullable().describe('milliseconds'),
      }),
    })
    .nullable()
    .describe('null where the book holds no opening'),
})

export const EvidencePack = z.object({
  origin: z.string(),
  size: z.int().describe('of the checkpoint that every proof of the pack leads to'),
  files: z.array(z.object({ path: z.string(), base64: z.base64() })),
})

export const TimestampView = z.object({
  size: z.int().describe('entries under the checkpoint that was stamped'),
  authority: z.string(),
  at: Instant.describe('the time of the stamp'),
  note: z.string().describe('the exact bytes that were stamped'),
  token: z.base64().describe('TimeStampResp, DER'),
  chain: z.string().describe('from the signer to the root, PEM'),
  anchored: z.int().nullable().describe('the entry that holds the digest of the token'),
})

export const CheckReport = z.object({
  version: z.literal(1),
  at: Instant,
  failOn: Severity,
  verdict: z.enum(['pass', 'fail', 'undetermined']),
  sentence: z.string(),
  findings: z.array(Finding),
  questions: z.array(
    z.object({
      id: z.string(),
      severity: Severity,
      text: z.string(),
      hint: z.string().nullable(),
      place: z.string().nullable(),
    }),
  ),
  reviews: z.array(z.never()),
  packs: z.array(z.string()),
  disclaimer: z.string(),
})

export const DeclareReport = z.object({
  mode: z.enum(['documenting', 'governing']),
  declared: z.array(
    z.object({
      kind: z.enum(DOCUMENT_KINDS),
      name: z.string(),
      change: z.enum(['new', 'amended', 'unchanged']),
      index: z.int().nullable(),
    }),
  ),
  findings: z.array(Finding),
})

export const ScanReport = PortsReport.extend({
  recorded: z
    .object({ places: z.int(), opened: z.int(), closed: z.int(), changed: z.int(), entries: z.int() })
    .nullable(),
  files: z.object({
    read: z.int(),
    unrecognised: z.array(z.string()),
    passedOver: z.array(z.string()),
    unreadable: z.array(z.object({ path: z.string(), reason: z.string() })),
  }),
})

export const Session = z.object({
  name: z.string(),
  roles: z.array(z.string()),
  capabilities: z.array(z.string()).describe('what the session may do'),
  until: Instant,
})

export const LedgerEvent = z.object({
  size: z.int().describe('the ledger after the change; resume from here'),
  types: z.array(z.enum(ENTRY_TYPES)),
  places: z.array(z.string()),
})

export type PortView = z.infer<typeof PortView>
export type PortsReport = z.infer<typeof PortsReport>
export type PortsPage = z.infer<typeof PortsPage>
export type PortPage = z.infer<typeof PortPage>
export type WhyReport = z.infer<typeof WhyReport>
export type CoverageReport = z.infer<typeof CoverageReport>
export type PlaceCoverage = z.infer<typeof PlaceCoverage>
export type Overview = z.infer<typeof Overview>
export type EntryView = z.infer<typeof EntryView>
export type EntryPage = z.infer<typeof EntryPage>
export type EntryProof = z.infer<typeof EntryProof>
export type CheckpointView = z.infer<typeof CheckpointView>
export type EvidencePack = z.infer<typeof EvidencePack>
export type IntervalView = z.infer<typeof IntervalView>
export type CheckReport = z.infer<typeof CheckReport>
export type DeclareReport = z.infer<typeof DeclareReport>
export type ScanReport = z.infer<typeof ScanReport>
export type DocumentView = z.infer<typeof DocumentView>
export type TimelineEvent = z.infer<typeof TimelineEvent>
export type SightingView = z.infer<typeof SightingView>
export type SourceView = z.infer<typeof SourceView>
export type Session = z.infer<typeof Session>
export type LedgerEvent = z.infer<typeof LedgerEvent>
