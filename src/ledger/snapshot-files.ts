/** Files of state snapshots by name, each under a key: docs/formats/state-snapshot-v1.md, "The file". */
export interface SnapshotFiles {
  /** Whole or not at all, its bytes durable when the promise resolves. Answers how many they are. */
  write(name: string, key: Uint8Array, text: AsyncIterable<string>): Promise<number>
  /** The text as it was written, some whole lines at a time. Throws `SnapshotUnreadable`. */
  read(name: string, key: Uint8Array): AsyncIterable<string>
  list(): Promise<readonly string[]>
  remove(name: string): Promise<void>
}

/** The file is not there, or not as it was written; the message says which. */
export class SnapshotUnreadable extends Error {
  override readonly name = 'SnapshotUnreadable'
}
