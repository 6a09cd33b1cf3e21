import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Sealed } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import { SALT_SIZE } from './commitment.ts'

/** A row of the sealed store: docs/formats/sealed-store-v1.md. */
export interface SealedBox {
  readonly pointer: string
  /** Id of the key that it is sealed under. */
  readonly key: string
  /** nonce[12] ‖ AES-256-GCM over salt[32] ‖ value ‖ tag[16] */
  readonly box: Uint8Array
}

/** Where a value belongs. It is authenticated with the value, so that no row can be moved to another entry or log. */
export interface SealedPlace {
  readonly origin: string
  readonly index: number
}

export function sealBox(
  value: Sealed,
  place: SealedPlace,
  { id, key, nonce }: { readonly id: string; readonly key: Uint8Array; readonly nonce: Uint8Array },
): SealedBox {
  const cipher = createCipheriv(CIPHER, key, nonce)
  cipher.setAAD(bound(place, value.pointer))
  const box = [nonce, cipher.update(value.salt), cipher.update(value.value, 'utf8'), cipher.final()]
  return { pointer: value.pointer, key: id, box: Buffer.concat([...box, cipher.getAuthTag()]) }
}

/** Throws `Refusal('leaf-invalid')` for a box that was changed, or is another place's or key's. */
export function openBox({ pointer, box }: SealedBox, place: SealedPlace, key: Uint8Array): Sealed {
  if (box.length < NONCE_SIZE + SALT_SIZE + TAG_SIZE) throw changed(place, pointer)
  const decipher = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_SIZE), { authTagLength: TAG_SIZE })
  decipher.setAAD(bound(place, pointer))
  decipher.setAuthTag(box.subarray(-TAG_SIZE))
  const plain = decipher.update(box.subarray(NONCE_SIZE, -TAG_SIZE))
  try {
    decipher.final()
  } catch {
    throw changed(place, pointer)
  }
  return {
    pointer,
    salt: new Uint8Array(plain.subarray(0, SALT_SIZE)),
    value: plain.toString('utf8', SALT_SIZE),
  }
}

export const NONCE_SIZE = 12
const CIPHER = 'aes-256-gcm'
const TAG_SIZE = 16
const DOMAIN = Buffer.from('portreeve.dev/sealed/v1\0')

/** Each text behind its length, as in a commitment: nothing can be moved between them. */
function bound({ origin, index }: SealedPlace, pointer: string): Buffer {
  const [originSize, pointerSize] = [Buffer.byteLength(origin), Buffer.byteLength(pointer)]
  const bytes = Buffer.allocUnsafe(DOMAIN.length + 2 + originSize + 8 + 2 + pointerSize)
  let at = DOMAIN.copy(bytes)
  at = bytes.writeUInt16BE(originSize, at)
  at += bytes.write(origin, at)
  at = bytes.writeBigUInt64BE(BigInt(index), at)
  at = bytes.writeUInt16BE(pointerSize, at)
  bytes.write(pointer, at)
  return bytes
}

function changed({ index }: SealedPlace, pointer: string): Refusal {
  return new Refusal('leaf-invalid', `the sealed value ${pointer} of entry ${index} was changed`, {
    hint: 'the sealed store was changed by something else than Portreeve; restore it from a backup',
  })
}
