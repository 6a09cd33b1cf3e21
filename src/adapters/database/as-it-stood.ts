import type { Held } from '../../registry/book.ts'

/** A row that ended later had no end yet. */
export function asItStood<T extends Held>(row: T, asOf: number | null): T {
  return asOf !== null && (row.toIndex ?? 0) > asOf ? { ...row, toIndex: null } : row
}
