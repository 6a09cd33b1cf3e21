import { FILE_KINDS } from '../../discovery/found.ts'
import type { FileKind, FoundFile } from '../../discovery/found.ts'
import { Refusal } from '../../model/refusal.ts'
import { readTree } from './read-tree.ts'

/** Files, folders and standard input of this machine. `as` is a format that the user wrote. */
export const fileSource = {
  /** @throws Refusal `source-unknown` for a format that is not read from files; else as `readTree`. */
  readTree(paths: readonly string[], options: { readonly as?: string }): AsyncIterable<FoundFile> {
    return readTree(paths, options.as === undefined ? {} : { as: fileKind(options.as) })
  },
}

function fileKind(written: string): FileKind {
  const kind = FILE_KINDS.find((one) => one === written)
  if (kind !== undefined) return kind
  throw new Refusal('source-unknown', `"${written}" is not a format that is read from files`, {
    hint: `one of ${FILE_KINDS.join(', ')}`,
  })
}
