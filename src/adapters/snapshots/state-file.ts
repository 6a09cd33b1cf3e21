import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { SnapshotUnreadable } from '../../ledger/snapshot-files.ts'

/** The bytes of a snapshot's file: docs/formats/state-snapshot-v1.md, "The file". */

/** A line, then a frame for each piece of the text, then an empty last one: whatever is cut off is missed. */
export async function* sealState(key: Uint8Array, text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const fileKey = fileKeyOf(key)
  let number = 0
  yield Buffer.from(LINE)
  for await (const piece of text) yield frame(fileKey, number++, false, await deflate(piece, { level: 1 }))
  yield frame(fileKey, number, true, new Uint8Array())
}

/** Throws `SnapshotUnreadable` where the bytes are not what `sealState` gave under this key. */
export async function* openState(key: Uint8Array, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const bytes = new ByteQueue(pieces)
  try {
    yield* openFrames(fileKeyOf(key), bytes)
  } finally {
    await bytes.end()
  }
}

const LINE = 'portreeve.dev/state/v1\n'
const CIPHER = 'aes-256-gcm'
const KEY_SIZE = 32
const TAG_SIZE = 16
const MAX_FRAME = 64 * 1024 * 1024
const MAX_PIECE = 256 * 1024 * 1024
// Both work on threads of their own, so that whoever writes entries meanwhile is not held up.
const deflate = promisify(deflateRaw) as (text: string, options: { level: number }) => Promise<Buffer>
const inflate = promisify(inflateRaw) as (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
) => Promise<Buffer>

function fileKeyOf(key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), 'portreeve.dev/state/v1 file', KEY_SIZE))
}

/** A key seals one file, so that a counter is a nonce; that a frame is the last is in the nonce, as in age and STREAM. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(number, 7)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

function frame(key: Uint8Array, number: number, isLast: boolean, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, nonceOf(number, isLast))
  const sealed = [cipher.update(plain), cipher.final(), cipher.getAuthTag()]
  const length = Buffer.alloc(4)
  length.writeUInt32BE(plain.length + TAG_SIZE)
  return Buffer.concat([length, ...sealed])
}

function openFrame(key: Uint8Array, number: number, isLast: boolean, sealed: Buffer): Uint8Array {
  const decipher = createDecipheriv(CIPHER, key, nonceOf(number, isLast), { authTagLength: TAG_SIZE })
  decipher.setAuthTag(sealed.subarray(-TAG_SIZE))
  const plain = decipher.update(sealed.subarray(0, -TAG_SIZE))
  try {
    decipher.final()
  } catch {
    throw damaged(`frame ${number} is not as it was written`)
  }
  return plain
}

async function* openFrames(key: Uint8Array, bytes: ByteQueue): AsyncGenerator<string> {
  if ((await bytes.take(LINE.length)).toString('latin1') !== LINE)
    throw damaged('it begins with another line')
  for (let number = 0; ; number++) {
    const length = (await bytes.take(4)).readUInt32BE()
    if (length < TAG_SIZE || length > MAX_FRAME) throw damaged(`frame ${number} has no such length`)
    const isLast = length === TAG_SIZE
    const plain = openFrame(key, number, isLast, await bytes.take(length))
    if (isLast) break
    yield (await inflate(plain, { maxOutputLength: MAX_PIECE })).toString('utf8')
  }
  if (!(await bytes.isAtEnd())) throw damaged('something stands behind its end')
}

/** Bytes that come in pieces, asked for in others. */
class ByteQueue {
  readonly #pieces: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  async take(count: number): Promise<Buffer> {
    const parts = [this.#held]
    for (let length = this.#held.length; length < count;) {
      const { done, value } = await this.#pieces.next()
      if (done === true) throw damaged('it ends too early')
      parts.push(Buffer.from(value))
      length += value.length
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts)
    this.#held = all.subarray(count)
    return all.subarray(0, count)
  }

  /** Nothing more is asked for. */
  async end(): Promise<void> {
    await this.#pieces.return?.()
  }

  async isAtEnd(): Promise<boolean> {
    return this.#held.length === 0 && (await this.#pieces.next()).done === true
  }
}

function damaged(what: string): SnapshotUnreadable {
  return new SnapshotUnreadable(`its file is damaged: ${what}`)
}
