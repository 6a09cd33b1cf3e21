import { hash } from 'node:crypto'
import type { HeldKeyView, SignatureView } from '../api/keys.ts'
import type { Output } from '../api/operations.ts'
import { type Signer, signersOf } from '../ledger/authority.ts'
import { newKeysOf, readKeyAct } from '../ledger/key-act.ts'
import { type HeldKey, inForce, type KeyRegistry, rootsAt } from '../ledger/key-registry.ts'
import type { LedgerRecord } from '../ledger/record.ts'
import { type NoteKey, sshBlobOf } from '../lib/note-key.ts'
import { SshReader } from '../lib/ssh-wire.ts'
import { Refusal } from '../model/refusal.ts'
import type { Environment } from './environment.ts'
import type { Keys } from './keys.ts'

export async function listKeys(env: Environment, keys: Keys): Promise<Output<'listKeys'>> {
  const { read } = env.store
  const head = await read.head()
  const registry = await keys.at(read, head?.size ?? 0)
  const roots = rootsAt(registry, registry.size)
  return {
    origin: registry.origin,
    size: registry.size,
    logKeys: registry.logKeys.map(({ key, from, until }) => ({
      key: key.text,
      keyId: key.keyId,
      from,
      until,
    })),
    roots: roots === null ? null : { ...roots, keys: roots.keys.map(keyView) },
    keys: [...registry.held.values()].map((held) => heldView(held, registry.size)),
  }
}

/** Who signed an entry, and what that counts for by all that is known today. */
export function signatureViews(registry: KeyRegistry, index: number, record: LedgerRecord): SignatureView[] {
  const lines = record.statement?.signatures ?? []
  try {
    return signersIn(registry, index, record).map((signer) => signatureView(registry, index, signer))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // The writer let no such entry pass; it is shown all the same.
    const note = error.message
    return lines.map(({ name, keyId }) => ({ name, keyId, role: 'none', word: null, note }))
  }
}

function signersIn(registry: KeyRegistry, index: number, record: LedgerRecord): readonly Signer[] {
  if (record.statement === null) return []
  const newKeys = record.type === 'key' ? newKeysOf(readKeyAct(record.body)) : []
  return signersOf(registry, index, record.statement, newKeys)
}

function signatureView(registry: KeyRegistry, index: number, signer: Signer): SignatureView {
  const { name, keyId, isRoot, held } = signer
  const word = isRoot ? rootsAt(registry, index)?.word : held?.enrolled.word
  return { name, keyId, role: roleOf(signer), word: word ?? null, note: noteOn(signer) }
}

function roleOf({ isRoot, isInForce, isNew }: Signer): SignatureView['role'] {
  if (isRoot) return 'root'
  if (isInForce) return 'holder'
  return isNew ? 'new' : 'none'
}

function noteOn({ key, held, isInForce, isRoot, isNew }: Signer): string | null {
  if (isRoot || isNew || isInForce) return null
  if (key === null) return 'the log knows no such key'
  const compromise = held?.compromises[0]
  if (compromise !== undefined)
    return `marked compromised in entry ${compromise.index}, for entries from ${compromise.reach} on`
  return held?.retired ? `retired in entry ${held.retired.index}` : 'not in force here'
}

function heldView(held: HeldKey, size: number): HeldKeyView {
  const ended = held.compromises.length > 0 ? 'compromised' : 'retired'
  return {
    ...keyView(held.key),
    type: typeOf(held.key),
    kind: held.kind,
    scope: [...held.scope],
    until: held.until,
    standing: inForce(held, size) ? 'in-force' : ended,
    enrolled: held.enrolled,
    retired: held.retired,
    compromises: [...held.compromises],
  }
}

function keyView(key: NoteKey) {
  return { key: key.text, name: key.name, keyId: key.keyId, fingerprint: fingerprintOf(key) }
}

/** As `ssh-keygen -l` prints it, so that people can compare. */
function fingerprintOf(key: NoteKey): string | null {
  const blob = sshBlobOf(key)
  return blob === null ? null : `SHA256:${hash('sha256', blob, 'base64').replace(/=+$/, '')}`
}

function typeOf(key: NoteKey): string {
  const blob = sshBlobOf(key)
  return blob === null ? key.kind : new SshReader(blob).text()
}
