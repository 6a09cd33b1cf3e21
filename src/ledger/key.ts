/** The log's signing key, and the place outside the database where the newest signed head is pinned. */
export interface KeyHolder {
  /** Ed25519 public key, 32 bytes. The key is made at genesis if none is there. */
  publicKey(): Promise<Uint8Array>
  /** Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>
  /** Durable (fsync) high-water mark, so that a restored older database is noticed before it signs a fork. */
  pin(head: { readonly size: number; readonly root: Uint8Array }): Promise<void>
  pinned(): Promise<{ readonly size: number; readonly root: Uint8Array } | null>
}
