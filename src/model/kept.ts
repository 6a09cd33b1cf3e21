import type { JsonObject } from './entry.ts'

/** Tables that cannot be made again from the entries: with these, a backup is whole. None of them holds a key. */
export const KEPT_TABLES = ['sealed', 'checkpoint', 'cosignature', 'timestamp_token'] as const
export type KeptTable = (typeof KEPT_TABLES)[number]

/** A row as it stands in the store; bytes as base64. */
export type KeptRow = JsonObject

export interface KeptPage {
  readonly rows: readonly KeptRow[]
  /** Opaque; null behind the last row. */
  readonly next: string | null
}
