import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { systemReason } from './system-reason.ts'

/** One thing met on the way; folders are walked and not met. */
export type Entry = FileEntry | LeftEntry

export interface FileEntry {
  readonly state: 'file'
  readonly path: string
  /** Name of the folder that holds it. */
  readonly folder: string
  readonly named: boolean
  /** False for pipes and devices, which a person may name and a walk must not open: they may never end. */
  readonly regular: boolean
}

export interface LeftEntry {
  readonly state: 'unreadable' | 'passed-over'
  readonly path: string
  readonly reason: string
  readonly named: boolean
}

/** What holds no manifests of the user's own. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', 'node_modules'])

/** @param seen real paths of what was met before, by this walk or an earlier one; added to. */
export async function* walk(path: string, seen: Set<string>): AsyncGenerator<Entry> {
  const root = await realpath(path)
  const status = await stat(root)
  if (status.isDirectory()) yield* walkFolders({ path, real: root }, seen)
  else if (!seen.has(root)) {
    seen.add(root)
    // Named by its own path, not by where a link leads: a project takes its name from where the user has it.
    const folder = basename(await realpath(dirname(path)))
    yield { state: 'file', path, folder, named: true, regular: status.isFile() }
  }
}

interface Folder {
  readonly path: string
  readonly real: string
}

/** Depth first with a list of its own: the depth of a tree is whoever made it's choice, not the stack's. */
async function* walkFolders(root: Folder, seen: Set<string>): AsyncGenerator<Entry> {
  const waiting: (Folder | Entry)[] = [root]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('state' in next) yield next
    else if (!seen.has(next.real)) {
      seen.add(next.real)
      waiting.push(...(await contents(next, root.real, seen)).toReversed())
    }
  }
}

async function contents(folder: Folder, root: string, seen: Set<string>): Promise<(Folder | Entry)[]> {
  let entries
  try {
    entries = await readdir(folder.path, { withFileTypes: true })
  } catch (error) {
    return [left('unreadable', folder.path, systemReason(error))]
  }
  const found: (Folder | Entry)[] = []
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (LEFT_OUT.has(entry.name)) continue
    const [path, real] = [join(folder.path, entry.name), join(folder.real, entry.name)]
    if (entry.isSymbolicLink()) found.push(await followed(path, folder, root, seen))
    else if (entry.isDirectory()) found.push({ path, real })
    else if (!entry.isFile()) found.push(left('passed-over', path, 'neither a file nor a folder'))
    else if (!seen.has(real)) found.push(fileAt(path, real, folder, seen))
  }
  return found
}

function fileAt(path: string, real: string, folder: Folder, seen: Set<string>): FileEntry {
  seen.add(real)
  return { state: 'file', path, folder: basename(folder.real), named: false, regular: true }
}

async function followed(
  path: string,
  folder: Folder,
  root: string,
  seen: Set<string>,
): Promise<Folder | Entry> {
  try {
    const real = await realpath(path)
    if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) {
      return left('passed-over', path, 'a symbolic link out of the folder')
    }
    if (seen.has(real)) return left('passed-over', path, 'a symbolic link to what was read already')
    const status = await stat(real)
    if (status.isDirectory()) return { path, real }
    if (status.isFile()) return fileAt(path, real, folder, seen)
    return left('passed-over', path, 'neither a file nor a folder')
  } catch (error) {
    return left('unreadable', path, `a symbolic link: ${systemReason(error)}`)
  }
}

function left(state: LeftEntry['state'], path: string, reason: string): LeftEntry {
  return { state, path, reason, named: false }
}
