import { realpath } from 'node:fs/promises'
import type { FileKind, FoundFile } from '../../discovery/found.ts'
import { Refusal } from '../../model/refusal.ts'
import { readContents, readInput } from './contents.ts'
import { walk } from './walk.ts'
import { systemReason } from './system-reason.ts'
import type { Entry } from './walk.ts'

export interface TreeOptions {
  /** Takes every named file for this format; what is met in folders is still recognised. */
  readonly as?: FileKind
  /** What `-` stands for. */
  readonly input?: AsyncIterable<Uint8Array>
}

/**
 * Files at and below `paths`, recognised and read, sorted by name within each folder. A path of `-` is standard
 * input. Symbolic links are followed inside the folder that was named, and nothing is read twice.
 *
 * @throws Refusal `file-unreadable`, before anything is read, for a path that is not there.
 */
export async function* readTree(
  paths: readonly string[],
  options: TreeOptions = {},
): AsyncGenerator<FoundFile> {
  for (const path of paths) if (path !== '-') await checkThere(path)
  const seen = new Set<string>()
  for (const path of paths) {
    if (path === '-') yield await readInput(options.input ?? process.stdin, options.as)
    else for await (const entry of walk(path, seen)) yield await found(entry, options)
  }
}

async function found(entry: Entry, options: TreeOptions): Promise<FoundFile> {
  if (entry.state !== 'file')
    return { state: entry.state, path: entry.path, reason: entry.reason, named: entry.named }
  return readContents(entry, entry.named ? options.as : undefined)
}

async function checkThere(path: string): Promise<void> {
  try {
    await realpath(path)
  } catch (error) {
    throw new Refusal('file-unreadable', `${path}: ${systemReason(error)}`, {
      hint: 'check the path, and that you may read it',
      cause: error,
    })
  }
}
