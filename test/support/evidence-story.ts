import { hash, sign } from 'node:crypto'
import { toBase64 } from '../../src/lib/base64.ts'
import type { Json, JsonObject } from '../../src/model/entry.ts'
import {
  at,
  noteKey,
  ORIGIN,
  PORT,
  packFiles,
  SmallLog,
  trustText,
  type NoteKey,
  type PackFiles,
} from './evidence-pack.ts'

/**
 * One small story with everything that a pack can hold: root keys, a person's key, a decision, an opening that the
 * decision authorised, two witnesses and, where a stamper is given, a timestamp and its anchor.
 */
export interface Story {
  readonly log: SmallLog
  readonly witnesses: readonly NoteKey[]
  readonly roots: readonly NoteKey[]
  readonly ann: NoteKey
  readonly decision: number
  readonly sighting: number
  readonly files: PackFiles
  readonly trust: string
}

/** Stamps bytes: a TimeStampResp and its time, which is known beforehand to nobody. */
export type Stamper = (note: string) => {
  readonly response: Uint8Array
  readonly at: string
  readonly root: string
}

export function tellStory(stamp?: Stamper): Story {
  const log = new SmallLog()
  const [logKey] = log.logKeys as [NoteKey]
  const witnesses = [noteKey('witness.example/one', 4), noteKey('witness.example/two', 4)]
  const roots = [noteKey('root-1'), noteKey('root-2')].toSorted((a, b) => (a.text < b.text ? -1 : 1))
  const ann = noteKey('p_ann')
  log.record('genesis', { format: 1, log_key: logKey.text, root_keys: [], software: 'portreeve/0.1.0' })
  log.record('key', {
    act: 'root',
    possession: roots.map(possessionOf),
    root_keys: roots.map(({ text }) => text),
    threshold: 2,
  })
  log.statement('key', enrolment(ann, ['decision', 'grant']), 'p_ann', [...roots, ann])
  log.record('declaration', { by: 'p_ann', kind: 'Port', name: 'billing-db', spec: { port: 5432 } })
  log.record('coverage', { collector: { build: 'abc', clock: 'synchronised' }, place: 'db-1' })
  const decision = log.statement('decision', { decides: 'approve', record: 'billing-db' }, 'p_ann', [ann])
  const before = log.size
  log.checkpoint(witnesses.map((key, i) => [key, 10 + i]))
  const sighting = log.record('sighting', openingBody(), ['/changes/0/owners/0/user'])
  const after = log.size
  const stamped = log.checkpoint(witnesses.map((key, i) => [key, 20 + i]))
  const token = stamp?.(stamped)
  if (token !== undefined)
    log.record('anchor', { size: after, token_sha256: hash('sha256', token.response, 'hex') })
  log.record('coverage', { collector: { build: 'abc', clock: 'synchronised' }, place: 'db-1' })
  log.checkpoint(witnesses.map((key, i) => [key, 30 + i]))
  const proven = {
    not_after: { at: at(20), by: `cosignature ${witnesses[0]?.name}`, size: after },
    not_before: { at: at(11), by: `cosignature ${witnesses[1]?.name}`, size: before },
  }
  const files = packFiles({
    log,
    leaves: Array.from({ length: log.size }, (_, i) => i),
    question: {
      at: null,
      kind: 'port',
      period: null,
      port: PORT,
      record: 'billing-db',
      text: 'When did billing-db go live, and on whose authority?',
    },
    answer: {
      authority: [{ entry: cite(decision, '/t', 'decision'), statements: [decision] }],
      collectors: [{ build: cite(4, '/body/collector/build', 'abc') }],
      coverage: null,
      interval: {
        authorised: cite(decision, '/t', 'decision'),
        claimed: {
          clock: cite(4, '/body/collector/clock', 'synchronised'),
          not_after: cite(sighting, '/body/changes/0/not_after', at(6)),
          not_before: cite(sighting, '/body/changes/0/not_before', at(1)),
        },
        logged: sighting,
        port: PORT,
        proven,
        width: { claimed: 5000, proven: 9000 },
      },
      owner: cite(sighting, '/body/changes/0/owners/0/user', 'postgres'),
      probes: [],
      retention: null,
      sample: null,
      ...(token === undefined
        ? {}
        : {
            stamps: [
              { at: token.at, by: `timestamp ${after}.1`, size: after },
              { at: token.at, by: `anchor ${after}`, size: after },
            ],
          }),
    },
    opened: [sighting],
    ...(token === undefined
      ? {}
      : { more: { [`timestamps/${after}.1.note`]: stamped, [`timestamps/${after}.1.tsr`]: token.response } }),
  })
  const more = [
    `roots 1 2 ${roots.map(({ text }) => text).join(' ')}`,
    ...(token === undefined ? [] : [`timestamp tsa.example\n${token.root.trimEnd()}`]),
  ]
  return { log, witnesses, roots, ann, decision, sighting, files, trust: trustText({ log, witnesses, more }) }
}

export function enrolment(key: NoteKey, scope: readonly string[]): JsonObject {
  return { act: 'enrol', holder: key.name, key: key.text, kind: 'person', scope }
}

export function possessionOf(key: NoteKey): string {
  return toBase64(
    sign(null, Buffer.from(`portreeve.dev/possession/v1\n${ORIGIN}\n${key.text}\n`), key.secret),
  )
}

export function cite(leaf: number, pointer: string, value: Json): JsonObject {
  return { leaf, pointer, value }
}

function openingBody(): JsonObject {
  const change = {
    address: '10.0.3.7',
    family: 'ipv4',
    kind: 'opened',
    net: 'net:1',
    not_after: at(6),
    not_before: at(1),
    owners: [{ name: 'postgres', pid: 812, user: 'postgres' }],
    port: 5432,
    state: 'open',
    transport: 'tcp',
  }
  return { changes: [change], place: { id: 'db-1' }, source: { name: 'linux-host:db-1' } }
}
