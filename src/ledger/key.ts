/** Signs for the log. */
export interface LogSigner {
  /** Ed25519 public key, 32 bytes. */
  publicKey(): Promise<Uint8Array>
  /** Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>
}

/**
 * The log's signing key, and the place outside the database where the newest signed head is pinned. `publicKey` makes
 * the key at genesis if none is there.
 */
export interface KeyHolder extends LogSigner {
  /** The key that is to follow in a rotation; null where none was made. */
  next(): Promise<LogSigner | null>
  /** Makes that key, durably, unless it is there. */
  makeNext(): Promise<LogSigner>
  /** Puts the next key in the place of the first, whose private half is gone then. At once, or not at all. */
  promoteNext(): Promise<void>
  /** Durable (fsync) high-water mark, so that a restored older database is noticed before it signs a fork. */
  pin(head: { readonly size: number; readonly root: Uint8Array }): Promise<void>
  pinned(): Promise<{ readonly size: number; readonly root: Uint8Array } | null>
}
