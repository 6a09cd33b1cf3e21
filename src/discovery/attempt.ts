import type { FoundText } from './found.ts'

export interface Unreadable {
  readonly path: string
  readonly reason: string
}

/** Runs `read`; null where it refused, and nobody had named one of `files`: a folder goes on without them. */
export type Attempt = <T>(files: readonly FoundText[], read: () => T) => T | null
