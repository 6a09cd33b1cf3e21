import { hash } from 'node:crypto'
import { canonicalFault } from '../lib/canonical-json.ts'
import { sameBytes } from '../lib/merkle.ts'
import type { Json, Sealed } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'

/** A value that stands in the leaf as a salted hash alone: docs/formats/ledger-entry-v1.md, "Commitments". */
export interface Commitment {
  readonly pointer: string
  /** 32 bytes. */
  readonly digest: Uint8Array
}

const DOMAIN = Buffer.from('portreeve.dev/commit/v1\0')
export const SALT_SIZE = 32

/** SHA-256 over domain, salt, and pointer and value each behind its length: nothing can be moved between them. */
export function commitment({ pointer, salt, value }: Sealed): Uint8Array {
  if (salt.length !== SALT_SIZE)
    throw new Refusal('leaf-invalid', `a salt has ${SALT_SIZE} bytes, not ${salt.length}`)
  const pathLength = Buffer.byteLength(pointer)
  const valueLength = Buffer.byteLength(value)
  const input = Buffer.allocUnsafe(DOMAIN.length + SALT_SIZE + 2 + pathLength + 4 + valueLength)
  let at = DOMAIN.copy(input)
  input.set(salt, at)
  at = input.writeUInt16BE(pathLength, at + SALT_SIZE)
  at += input.write(pointer, at)
  at = input.writeUInt32BE(valueLength, at)
  input.write(value, at)
  return Buffer.from(hash('sha256', input, 'binary'), 'latin1')
}

/** The value that was committed to. Throws `Refusal('leaf-invalid')` if this is another, or no canonical JSON. */
export function openSealed(sealed: Sealed, digest: Uint8Array, maxDepth: number): Json {
  if (!sameBytes(commitment(sealed), digest))
    throw new Refusal(
      'leaf-invalid',
      `the sealed value of ${sealed.pointer} is not the one that its entry commits to`,
      {
        hint: 'the sealed store was changed; restore it from a backup',
      },
    )
  const fault = canonicalFault(Buffer.from(sealed.value), { maxDepth })
  if (fault !== null)
    throw new Refusal('leaf-invalid', `the sealed value of ${sealed.pointer} is not canonical: ${fault}`)
  return JSON.parse(sealed.value) as Json
}
