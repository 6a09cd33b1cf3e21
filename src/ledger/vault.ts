/**
 * Keys that sealed values are encrypted under, outside the database and its backups: docs/formats/sealed-store-v1.md.
 * A key that was destroyed takes what it sealed with it, in every copy of the database that ever was.
 */
export interface Vault {
  /** The key of this id, 32 bytes; null where it was destroyed, or is not in this vault. */
  key(id: string): Uint8Array | null
  /** The present key of each subject, made where there is none; durable when the promise resolves. */
  keysFor(subjects: Iterable<string>): Promise<ReadonlyMap<string, SubjectKey>>
  /** From here on nothing new is sealed under these keys. What they sealed can still be opened. */
  retire(ids: readonly string[]): Promise<void>
  /** Overwrites and removes these keys, and remembers their ids. Again, it does nothing. */
  destroy(ids: readonly string[]): Promise<void>
  /** Ids of the keys that were destroyed here. */
  destroyed(): Promise<readonly string[]>
  /** Those of these keys that are not in this vault, whatever became of them. */
  missing(ids: readonly string[]): Promise<readonly string[]>
}

export interface SubjectKey {
  /** 32 hexadecimal digits of chance: it says nothing of the subject, and stands in the database and the log. */
  readonly id: string
  readonly key: Uint8Array
}

/** Where nothing that identifies a person may be written or read. */
export const NO_VAULT: Vault = {
  key: () => null,
  keysFor: refuse,
  retire: refuse,
  destroy: refuse,
  destroyed: async () => [],
  missing: async (ids) => ids,
}

async function refuse(): Promise<never> {
  throw new Error('this store was opened without the keys of its sealed values')
}
