import { ed25519PublicKey, isEnrollable, SIGNATURE_SIZE, verifyEd25519 } from '../lib/ed25519.ts'
import {
  NoteError,
  noteKeyId,
  noteKeyText,
  parseNote,
  parseNoteKey,
  signatureLine,
  type NoteVerifier,
} from '../lib/signed-note.ts'

/** Signature type of C2SP tlog-cosignature v1.0.1: Ed25519 with a time, `cosignature/v1`. */
export const COSIGNATURE = 0x04

/** Somebody who says that they saw a checkpoint and that it continues all they saw before. */
export interface Cosigner {
  readonly name: string
  /** 32 bytes. */
  readonly publicKey: Uint8Array
}

export interface Cosignature {
  readonly name: string
  readonly keyId: string
  /** Seconds since 1970, by the cosigner's clock. */
  readonly time: number
  /** The signature line, its newline included. */
  readonly line: string
}

const TIME_SIZE = 8

/** Throws `NoteError` unless it is a cosigner's key (type 0x04) that could be enrolled. */
export function parseCosignerKey(text: string): Cosigner {
  const cosigner = parseNoteKey(text, COSIGNATURE)
  // Others verify under OpenSSL, and their holder could make signatures that another verifier refuses.
  if (!isEnrollable(cosigner.publicKey)) throw new NoteError('a key of low order, or not in its one encoding')
  return cosigner
}

export function cosignerKeyText({ name, publicKey }: Cosigner): string {
  return noteKeyText(name, publicKey, COSIGNATURE)
}

export function cosignerKeyId({ name, publicKey }: Cosigner): string {
  return noteKeyId(name, COSIGNATURE, publicKey)
}

/** `text` is that of a checkpoint, `time` in whole seconds since 1970. */
export async function cosign(
  text: string,
  time: number,
  cosigner: Cosigner,
  sign: (message: Uint8Array) => Promise<Uint8Array>,
): Promise<string> {
  const stamp = Buffer.alloc(TIME_SIZE)
  stamp.writeBigUInt64BE(BigInt(time))
  const signature = Buffer.concat([stamp, await sign(message(Buffer.from(text), BigInt(time)))])
  return signatureLine({ name: cosigner.name, keyId: cosignerKeyId(cosigner), signature })
}

/** For `openNote`: verifies the signature over the time that it bears. */
export function cosignerVerifier(cosigner: Cosigner): NoteVerifier {
  const key = ed25519PublicKey(cosigner.publicKey)
  return {
    name: cosigner.name,
    keyId: cosignerKeyId(cosigner),
    verify: (text, signature) => {
      const time = timeOf(signature)
      return time !== null && verifyEd25519(key, message(text, time), signature.subarray(TIME_SIZE))
    },
  }
}

/**
 * The cosignatures of known cosigners on a note, verified; none where nobody known cosigned. Throws `NoteError` for
 * what is no note, and where a known cosigner's signature does not verify.
 */
export function cosignaturesOn(note: string, cosigners: readonly Cosigner[]): readonly Cosignature[] {
  const { text, signatures } = parseNote(Buffer.from(note))
  const signed = Buffer.from(text)
  const known = cosigners.map(cosignerVerifier)
  return signatures.flatMap((signature) => {
    const { name, keyId } = signature
    const cosigner = known.find((one) => one.name === name && one.keyId === keyId)
    if (cosigner === undefined) return []
    if (!cosigner.verify(signed, signature.signature)) throw new NoteError(`bad cosignature of ${name}`)
    return [{ name, keyId, time: Number(timeOf(signature.signature)), line: signatureLine(signature) }]
  })
}

/** tlog-cosignature "Ed25519 signed message". */
function message(text: Uint8Array, time: bigint): Uint8Array {
  return Buffer.concat([Buffer.from(`cosignature/v1\ntime ${time}\n`), text])
}

/** Null for what is none. Times beyond 2^53 - 1 lie further off than anybody's clock, and are none of ours. */
function timeOf(signature: Uint8Array): bigint | null {
  if (signature.length !== TIME_SIZE + SIGNATURE_SIZE) return null
  const time = Buffer.from(signature).readBigUInt64BE()
  return time <= BigInt(Number.MAX_SAFE_INTEGER) ? time : null
}
