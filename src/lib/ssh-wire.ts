/** The data types of SSH (RFC 4251 section 5), read strictly: what has two spellings is not read. */

export class SshError extends Error {
  override readonly name = 'SshError'
}

/** Keys and signatures that are read have a few hundred bytes, those of RSA a few thousand. */
const MAX_BLOB = 16_384
// Names of algorithms and namespaces: RFC 4251 section 6.
const PRINTABLE = /^[!-~]*$/

/** Reads from the front. Every method throws `SshError` where the bytes are not what it reads. */
export class SshReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    if (bytes.length > MAX_BLOB) throw new SshError(`${bytes.length} bytes are more than ${MAX_BLOB}`)
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new SshError('cut short')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  u8(): number {
    return this.take(1)[0] ?? 0
  }

  u32(): number {
    return Buffer.from(this.take(4)).readUInt32BE()
  }

  string(): Uint8Array {
    return this.take(this.u32())
  }

  /** Printable ASCII without spaces. */
  text(): string {
    const text = Buffer.from(this.string()).toString('latin1')
    if (!PRINTABLE.test(text)) throw new SshError('a name that is not printable ASCII')
    return text
  }

  /** A positive mpint, big-endian and without the zero before it. */
  positive(): Uint8Array {
    const value = this.string()
    const [first = 0, second = 0] = value
    if (value.length === 0 || first > 0x7f || (first === 0 && second <= 0x7f))
      throw new SshError('an integer that is not positive, or not in its shortest form')
    return first === 0 ? value.subarray(1) : value
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new SshError('something follows')
  }
}

export function sshString(value: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
