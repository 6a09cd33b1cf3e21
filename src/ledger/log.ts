import { hash } from 'node:crypto'
import { canonicalJson } from '../lib/canonical-json.ts'
import { EMPTY_ROOT, frontierRoot, growFrontier } from '../lib/merkle.ts'
import { noteKeyText } from '../lib/signed-note.ts'
import type { Draft, Sealed } from '../model/entry.ts'
import type { Instant } from '../model/port.ts'
import { openLeaf } from './leaf.ts'
import { valueAt, withoutAt } from './pointer.ts'
import type { LogHead, StoredEntry } from './store.ts'

/** Version of the entry format, in the genesis: docs/formats/ledger-entry-v1.md. */
export const LEDGER_FORMAT = 1

/** A log before its first entry. */
export function newLog(origin: string): LogHead {
  return { origin, size: 0, root: EMPTY_ROOT, frontier: [] }
}

/** The head after the leaves were added; the old one stays as it was. */
export function appendToHead(head: LogHead, leafHashes: readonly Uint8Array[]): LogHead {
  const frontier = growFrontier(head.size, head.frontier, leafHashes)
  return { origin: head.origin, size: head.size + leafHashes.length, root: frontierRoot(frontier), frontier }
}

/** A name that no other log has: 128 random bits. Schema-less URL, as C2SP tlog-checkpoint recommends. */
export function newOrigin(random: (bytes: number) => Uint8Array): string {
  return `portreeve.local/${hex(random(16))}`
}

export interface GenesisFacts {
  readonly origin: string
  /** The log's Ed25519 public key, 32 bytes. */
  readonly key: Uint8Array
  readonly at: Instant
  readonly random: (bytes: number) => Uint8Array
  /** Name and version of what writes the log: `portreeve/0.1.0`. */
  readonly software: string
  /** Who may enrol keys, as note keys. Empty while the book only documents. */
  readonly rootKeys?: readonly string[]
  /** The head of the log that this one follows after an incident: docs/formats/ledger-incident-v1.md. */
  readonly previous?: { readonly log: string; readonly root: string; readonly size: number }
}

/** Entry 0: whoever holds it knows the log's name and key, and so can check everything that follows. */
export function genesisDraft(facts: GenesisFacts): Draft {
  const { origin, key, at, random, software, rootKeys = [], previous } = facts
  const own = { format: LEDGER_FORMAT, log_key: noteKeyText(origin, key), root_keys: rootKeys, software }
  const body = previous === undefined ? own : { ...own, previous }
  return { id: draftId(random), type: 'genesis', at, body, personal: [] }
}

/** A fresh id for an entry that nobody asked for by a key of their own. */
export function draftId(random: (bytes: number) => Uint8Array): string {
  return hex(random(16))
}

/** The id of the `n`-th entry that a request with this idempotency key makes. */
export function idFrom(key: string, n: number): string {
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE(n)
  return hash('sha256', Buffer.concat([ID_DOMAIN, counter, Buffer.from(key)]), 'hex').slice(0, 32)
}
const ID_DOMAIN = Buffer.from('portreeve.dev/id/v1\0')

/**
 * Whether the entry is what the draft asks for, so that a repeated request is answered and not written again. The
 * time is not compared: a repetition happens later. Values that were erased since are taken to be the same.
 */
export function sameWish(stored: StoredEntry, sealed: readonly Sealed[], draft: Draft): boolean {
  if (stored.id !== draft.id || stored.type !== draft.type) return false
  const { by, body, withheld } = openLeaf(stored.index, stored.leaf, sealed)
  if (by !== null) return false
  if (withheld.some((pointer) => valueAt(draft.body, pointer) === undefined)) return false
  return canonicalJson(body) === canonicalJson(withoutAt(draft.body, withheld))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
