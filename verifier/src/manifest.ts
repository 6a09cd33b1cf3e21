import { compareBytes, decimal, fromBase64Hash, sameBytes, utf8 } from './bytes.ts'
import { must } from './fault.ts'
import { count, exactly, hash, instant, list, text } from './form.ts'
import { parseJcsFile } from './jcs.ts'
import { isEd25519, ORIGIN, type Key } from './key.ts'
import { parseNote, type Note } from './note.ts'
import { isListed, limitOf, MAX_FILES } from './paths.ts'
import { sha256 } from './runtime.ts'

/** docs/formats/evidence-pack-v1.md, "Manifest". */

export interface Manifest {
  readonly at: string
  readonly files: ReadonlyMap<string, { readonly sha256: string; readonly size: number }>
  readonly head: { readonly size: number; readonly root: Uint8Array }
  readonly log: string
  readonly software: string
  /** The note that signs it; its signatures are judged when the keys of the log are known. */
  readonly note: Note
}

export const PACK_FORMAT = 'portreeve.dev/evidence-pack/v1'
const DIGEST = /^[0-9a-f]{64}$/

/** Reads the manifest, and refuses one that is not what its note speaks of. */
export function parseManifest(bytes: Uint8Array, signature: Uint8Array): Manifest {
  const note = parseNote(signature)
  const [format, origin = '', digest = '', size = '', ...more] = note.text.split('\n')
  must(format === PACK_FORMAT && more.join() === '', 'manifest.sig is not the note of a manifest')
  const isSame = decimal(size) === bytes.length && sameBytes(fromBase64Hash(digest), sha256(bytes))
  must(isSame, 'manifest.json is not what manifest.sig speaks of')
  const {
    at,
    files,
    format: kind,
    head,
    log,
    software,
  } = exactly(parseJcsFile(bytes), 'at files format head log software')
  const { root, size: headSize } = exactly(head, 'root size')
  const manifest = {
    at: instant(at),
    files: filesIn(list(files).map((file) => exactly(file, 'path sha256 size'))),
    head: { size: count(headSize), root: hash(root) },
    log: text(log, 255),
    software: text(software, 128),
    note,
  }
  must(kind === PACK_FORMAT, 'the manifest is of another format')
  must(ORIGIN.test(manifest.log) && manifest.log !== PACK_FORMAT, 'the manifest does not name a log')
  must(manifest.log === origin, 'manifest.json and manifest.sig name different logs')
  return manifest
}

/** Which of the log's keys signed. A known key whose signature does not verify spoils the manifest. */
export function manifestSigners({ note, log }: Manifest, logKeys: readonly Key[]): Key[] {
  return note.signatures.flatMap(({ name, keyId, signature }) => {
    const key = logKeys.find((known) => known.name === name && known.id === keyId)
    if (key === undefined || name !== log) return []
    must(
      isEd25519(key.bytes, utf8(note.text), signature),
      `the signature of log key ${key.id} does not verify`,
    )
    return [key]
  })
}

function filesIn(entries: readonly Readonly<Record<string, unknown>>[]): Manifest['files'] {
  must(entries.length <= MAX_FILES, `more than ${MAX_FILES} files`)
  const files = new Map<string, { sha256: string; size: number }>()
  let before: Uint8Array = new Uint8Array()
  for (const { path, sha256, size } of entries) {
    must(typeof path === 'string' && isListed(path), `a pack lists no file ${JSON.stringify(path)}`)
    must(typeof sha256 === 'string' && DIGEST.test(sha256), `the SHA-256 of ${path} is malformed`)
    must(
      typeof size === 'number' && size >= 0 && size <= limitOf(path),
      `${path} is larger than a pack allows`,
    )
    must(compareBytes(before, utf8(path)) < 0, `the files are not in order at ${path}`)
    before = utf8(path)
    files.set(path, { sha256, size })
  }
  return files
}
