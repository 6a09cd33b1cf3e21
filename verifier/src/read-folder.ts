import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Folder } from './pack.ts'
import { CUSTODIAN, limitOf, MAX_FILES, MAX_TOTAL } from './paths.ts'
import type { Tiles } from './replay.ts'

/** The files of a pack and of a published log, as the disk has them. The only part that touches one. */

const MAX_DEPTH = 3

/** Reads what a pack may hold, within its limits, and names what it may not. Throws where there is no such folder. */
export function readFolder(root: string): Folder {
  const files = new Map<string, Uint8Array>()
  const refused: string[] = []
  const waiting = [{ path: '', depth: 0 }]
  let total = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path: folder, depth } = next
    const names = readdirSync(join(root, folder))
    if (names.length === 0 && folder !== '') refused.push(`${shown(folder)} is a folder without a file`)
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (path === CUSTODIAN) continue
      if (files.size + refused.length > MAX_FILES)
        return { files, refused: [...refused, `more than ${MAX_FILES} files`] }
      const stat = lstatSync(join(root, path))
      if (stat.isDirectory()) {
        if (depth + 1 < MAX_DEPTH) waiting.push({ path, depth: depth + 1 })
        else refused.push(`${shown(path)} lies too deep`)
        continue
      }
      const limit = Math.min(limitOf(path), MAX_TOTAL - total)
      const bytes = stat.isFile() && stat.size <= limit ? readFile(join(root, path), limit) : null
      if (bytes === null)
        refused.push(`${shown(path)} is ${stat.isFile() ? 'too large, or no file of a pack' : 'no file'}`)
      else files.set(path, bytes)
      total += bytes?.length ?? 0
    }
  }
  return { files, refused }
}

/** A log as a static folder: `checkpoint` and `tile/…`, as the writer's export and C2SP tlog-tiles have it. */
export function tilesIn(root: string): Tiles {
  // A log has many bundles. Each is read into the place of the one before.
  const place = Buffer.allocUnsafe(MAX_BUNDLE)
  return {
    checkpoint: () => readFile(join(root, 'checkpoint'), 65_536),
    bundle: (index, width) => {
      const path = join(root, 'tile', 'entries', ...tileName(index))
      return readInto(width === 256 ? path : join(`${path}.p`, String(width)), () => place)
    },
    hashes: (level, index, width) => {
      const path = join(root, 'tile', String(level), ...tileName(index))
      return readFile(width === 256 ? path : join(`${path}.p`, String(width)), MAX_HASH_TILE)
    },
  }
}
const MAX_HASH_TILE = 256 * 32
const MAX_BUNDLE = 256 * (2 + 65_535)

/** At most `limit` bytes of a plain file; null for what is none, is not there, or is larger. */
export function readFile(path: string, limit: number): Uint8Array | null {
  return readInto(path, (size) => (size > limit ? null : Buffer.allocUnsafe(size)))
}

function readInto(path: string, placeFor: (size: number) => Buffer | null): Uint8Array | null {
  try {
    // A link is refused, and a pipe must not make us wait.
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stat = fstatSync(file)
      const place = stat.isFile() ? placeFor(stat.size) : null
      if (place === null || place.length < stat.size) return null
      let at = 0
      for (let read = -1; at < stat.size && read !== 0; at += read)
        read = readSync(file, place, at, stat.size - at, at)
      return place.subarray(0, at)
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}

/** `x001/x234/067` for 1234067. */
function tileName(index: number): string[] {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group))
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 128))
}
