import type { Instant } from './port.ts'

/** Key-value rows with an end: sessions and one-time links, never facts. */
export interface DeskRows {
  get(space: string, key: string, now: Instant): Promise<string | null>
  put(space: string, key: string, value: string, until: Instant): Promise<void>
  /** Returns the value and removes it, atomically: for what may be used once. */
  take(space: string, key: string, now: Instant): Promise<string | null>
  remove(space: string, key: string): Promise<void>
}
