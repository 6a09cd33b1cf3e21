import type { Migration } from './migration.ts'

/** Indexes over rows that ended, for the book as of a time: `derived.ts`, which every migration makes anew. */
export const endedRows: Migration = { number: 6, name: 'ended rows', statements: () => [] }
