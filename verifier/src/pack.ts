import { hex } from './bytes.ts'
import type { Checks } from './checks.ts'
import { Missing, must } from './fault.ts'
import type { Manifest } from './manifest.ts'
import { isListed, isUnlisted } from './paths.ts'
import { sha256 } from './runtime.ts'

/** The folder as it was read: what is there, and what could not be taken. */
export interface Folder {
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Links, devices, files that are too large: what a pack may not hold, each in words. */
  readonly refused: readonly string[]
}

/** The files of a pack that are what the manifest lists. Others are not read: each check that needs one is not made. */
export interface Pack {
  readonly manifest: Manifest
  /** Refuses (`Missing`) what is not there, or not what is listed. */
  bytes(path: string): Uint8Array
  has(path: string): boolean
  /** Numbers of the listed files of a form, `leaves/<number>.leaf`, ascending. */
  numbers(folder: string, ending: string): readonly number[]
}

/** The folder holds what the manifest lists, and nothing else. */
export function checkFolder({ files, refused }: Folder, manifest: Manifest): number {
  must(refused.length === 0, refused.slice(0, 3).join('; '))
  const lower = new Set<string>()
  for (const path of files.keys()) {
    must(manifest.files.has(path) || isUnlisted(path), `${JSON.stringify(path)} is not listed`)
    must(!lower.has(path.toLowerCase()), `${path} differs from another file only in the case of letters`)
    lower.add(path.toLowerCase())
  }
  for (const path of [
    'question.json',
    'answer.json',
    'answer.txt',
    'answer.html',
    'VERIFY.md',
    'leaves/0.leaf',
  ])
    must(manifest.files.has(path), `a pack without ${path}`)
  return files.size
}

/** Compares every listed file. */
export function openPack(checks: Checks, { files }: Folder, manifest: Manifest): Pack {
  const good = new Map<string, Uint8Array>()
  for (const [path, listed] of manifest.files) {
    const work = () => {
      const bytes = files.get(path)
      must(bytes !== undefined, 'it is listed, and not in the folder')
      must(bytes.length === listed.size, `it has ${bytes.length} bytes, and ${listed.size} are listed`)
      must(hex(sha256(bytes)) === listed.sha256, 'its SHA-256 is not the listed one')
      return bytes
    }
    const bytes = checks.make(`file ${path}`, work, ({ length }) => `${length} bytes, as listed`)
    if (bytes !== null) good.set(path, bytes)
  }
  return {
    manifest,
    bytes: (path) => {
      const bytes = good.get(path)
      if (bytes !== undefined) return bytes
      throw new Missing(
        manifest.files.has(path) ? `${path} is not what is listed` : `${path} is not in the pack`,
      )
    },
    has: (path) => manifest.files.has(path),
    numbers: (folder, ending) =>
      [...manifest.files.keys()]
        .filter((path) => isListed(path) && path.startsWith(`${folder}/`) && path.endsWith(ending))
        .map((path) => Number(path.slice(folder.length + 1, -ending.length)))
        .filter(Number.isSafeInteger)
        .toSorted((a, b) => a - b),
  }
}
