import { randomBytes } from 'node:crypto'
import { NONCE_SIZE, openBox, sealBox } from '../../ledger/sealed-box.ts'
import { subjectOf } from '../../ledger/subject.ts'
import type { Vault } from '../../ledger/vault.ts'
import type { Sealed } from '../../model/entry.ts'
import type { Tables } from './tables.ts'

type SealedTable = Tables['sealed']

/** Rows for the sealed values of entries, each under the key of whom it identifies. */
export async function sealedRows(
  vault: Vault,
  origin: string,
  sealed: ReadonlyMap<number, readonly Sealed[]>,
): Promise<SealedTable[]> {
  if (sealed.size === 0) return []
  const values = [...sealed].flatMap(([index, all]) =>
    all.map((value) => ({ index, value, subject: subjectOf(value) })),
  )
  const keys = await vault.keysFor(new Set(values.map(({ subject }) => subject)))
  return values.map(({ index, value, subject }) => {
    const key = keys.get(subject)
    if (key === undefined) throw new Error('the vault left a subject out')
    const nonce = randomBytes(NONCE_SIZE)
    const { pointer, box } = sealBox(value, { origin, index }, { ...key, nonce })
    return { idx: index, pointer, key: key.id, box }
  })
}

/** Null where the key is gone: the value is withheld. */
export function openRow(vault: Vault, origin: string, row: SealedTable): Sealed | null {
  const key = vault.key(row.key)
  return key === null ? null : openBox(row, { origin, index: row.idx }, key)
}
