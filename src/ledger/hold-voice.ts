import { Refusal } from '../model/refusal.ts'
import type { Voice } from '../model/voice.ts'
import { signersOf } from './authority.ts'
import type { KeyRegistry } from './key-registry.ts'
import type { LedgerRecord } from './record.ts'

/** Whose word an entry of type `hold` is: docs/formats/ledger-hold-v1.md, "Whose word counts". */

/** Null where it is nobody's that counts, by all that the registry knows. */
export function voiceOf(registry: KeyRegistry, index: number, record: LedgerRecord): Voice | null {
  const { statement, body } = record
  if (statement === null) {
    const { by } = body
    return typeof by === 'string' && !needsSignature(registry, index) ? { by, key: null } : null
  }
  const signer = verifiedSigners(registry, index, record).find(
    ({ name, held, isInForce }) =>
      name === statement.by && isInForce && held?.kind === 'person' && held.scope.includes('hold'),
  )
  const key = signer?.key?.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  return key === undefined ? null : { by: statement.by, key }
}

/** Once a person's key was enrolled for holds, bare words do not count any more, whatever becomes of the key. */
export function needsSignature({ held }: KeyRegistry, index: number): boolean {
  return [...held.values()].some(
    ({ kind, scope, enrolled }) => kind === 'person' && scope.includes('hold') && enrolled.index < index,
  )
}

function verifiedSigners(registry: KeyRegistry, index: number, { statement }: LedgerRecord) {
  if (statement === null) return []
  try {
    return signersOf(registry, index, statement, [])
  } catch (error) {
    // The writer let no such entry pass; it counts for nothing.
    if (error instanceof Refusal) return []
    throw error
  }
}
