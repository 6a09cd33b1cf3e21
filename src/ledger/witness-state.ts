/** What a witness remembers: for each origin the checkpoint that it cosigned last, as a note with its cosignature. */
export interface WitnessState {
  /** Null where it never cosigned one. Throws rather than forget: whoever forgets cosigns a fork. */
  latest(origin: string): Promise<string | null>
  /** Durable when the promise resolves. */
  remember(origin: string, note: string): Promise<void>
  /** As `latest`, by the SHA-256 of the origin in hexadecimal. */
  byDigest(digest: string): Promise<string | null>
}
