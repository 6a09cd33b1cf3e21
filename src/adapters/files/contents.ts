import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { createReadStream, type ReadStream } from 'node:fs'
import type { FileKind, FoundFile, OpenedStream } from '../../discovery/found.ts'
import { HEAD_BYTES, isManifestName, recognise } from '../../discovery/recognise.ts'
import { Refusal } from '../../model/refusal.ts'
import { decodeUtf8 } from './decode.ts'
import { systemReason } from './system-reason.ts'
import type { FileEntry } from './walk.ts'

/** How much of a text is held as a whole; nmap XML is read in pieces and has no bound. */
export const MOST_TEXT_BYTES = 64 * 1024 * 1024

/** Reads one file, if it is of a known format. A file that was named and may not be read is refused. */
export async function readContents(entry: FileEntry, as: FileKind | undefined): Promise<FoundFile> {
  const { path, folder, named } = entry
  try {
    if (!entry.regular) return await readPieces({ path, folder, named }, pieces(path), as)
    await using handle = await open(path)
    const head = await readHead(handle)
    const kind = as ?? recognise(path, head, named)
    if (kind === 'nmap-xml')
      return { state: 'stream', path, kind, named, open: (most) => opened(pieces(path, most)) }
    if (kind === null) return unrecognised(path, head, named)
    return asText({ path, folder, named }, kind, await readWhole(handle, head))
  } catch (error) {
    const reason = systemReason(error)
    if (named) throw new Refusal('file-unreadable', `${path}: ${reason}`, { cause: error })
    return { state: 'unreadable', path, reason, named }
  }
}

/** Standard input. */
export async function readInput(
  input: AsyncIterable<Uint8Array>,
  as: FileKind | undefined,
): Promise<FoundFile> {
  return readPieces({ path: '-', folder: null, named: true }, input, as)
}

interface Named {
  readonly path: string
  readonly folder: string | null
  readonly named: boolean
}

/** What can be read once only: its head is kept and handed on. */
async function readPieces(
  what: Named,
  input: AsyncIterable<Uint8Array>,
  as: FileKind | undefined,
): Promise<FoundFile> {
  const pieces = input[Symbol.asyncIterator]()
  const head = await collect(pieces, HEAD_BYTES)
  const kind = as ?? recognise(what.path, head, what.named)
  const { path, named } = what
  if (kind === 'nmap-xml')
    return { state: 'stream', path, kind, named, open: () => opened(after(head, pieces)) }
  if (kind === null) {
    await pieces.return?.()
    return unrecognised(path, head, named)
  }
  const whole = Buffer.concat([head, await collect(pieces, MOST_TEXT_BYTES + 1 - head.length)])
  return asText(what, kind, whole.length > MOST_TEXT_BYTES ? null : whole)
}

async function collect(pieces: AsyncIterator<Uint8Array>, enough: number): Promise<Buffer> {
  const taken: Uint8Array[] = []
  for (let size = 0; size < enough;) {
    const { done, value } = await pieces.next()
    if (done === true) break
    taken.push(value)
    size += value.length
  }
  return Buffer.concat(taken)
}

async function* after(head: Uint8Array, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  yield* { [Symbol.asyncIterator]: () => pieces }
}

async function readHead(handle: FileHandle): Promise<Uint8Array> {
  return readUpTo(handle, Buffer.allocUnsafe(HEAD_BYTES), 0)
}

/** Null above the bound. The file may grow meanwhile: what is there at the time of the look is read. */
async function readWhole(handle: FileHandle, head: Uint8Array): Promise<Uint8Array | null> {
  if (head.length < HEAD_BYTES) return head
  const { size } = await handle.stat()
  if (size > MOST_TEXT_BYTES) return null
  const room = Buffer.allocUnsafe(Math.max(size, head.length))
  room.set(head)
  return readUpTo(handle, room, head.length)
}

async function readUpTo(handle: FileHandle, room: Buffer, filled: number): Promise<Uint8Array> {
  for (let at = filled; ;) {
    const { bytesRead } = await handle.read(room, at, room.length - at, at)
    at += bytesRead
    if (bytesRead === 0 || at === room.length) return room.subarray(0, at)
  }
}

function asText({ path, folder, named }: Named, kind: FileKind, bytes: Uint8Array | null): FoundFile {
  if (bytes === null) {
    return {
      state: 'unreadable',
      path,
      reason: `larger than ${MOST_TEXT_BYTES} bytes, the most of ${kind} that is read`,
      named,
    }
  }
  const decoded = decodeUtf8(bytes)
  if ('reason' in decoded) return { state: 'unreadable', path, reason: decoded.reason, named }
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { state: 'text', path, folder, text: decoded.text, digest, kind, named }
}

/** A manifest in another encoding is worth a word; any other unknown file is not. */
function unrecognised(path: string, head: Uint8Array, named: boolean): FoundFile {
  const decoded = head.length < HEAD_BYTES && isManifestName(path) ? decodeUtf8(head) : null
  if (decoded !== null && 'reason' in decoded)
    return { state: 'unreadable', path, reason: decoded.reason, named }
  return { state: 'unrecognised', path, reason: 'of none of the formats that are read', named }
}

function opened(input: AsyncIterable<Uint8Array>): OpenedStream {
  const hash = createHash('sha256')
  let size = 0
  const chunks = async function* () {
    for await (const chunk of input) {
      hash.update(chunk)
      size += chunk.length
      yield chunk
    }
  }
  return { chunks: chunks(), digest: () => `sha256:${hash.copy().digest('hex')}`, size: () => size }
}

/** Large pieces: a scan of hundreds of megabytes is read twice. */
function pieces(path: string, most = Infinity): ReadStream {
  return createReadStream(path, { highWaterMark: 256 * 1024, end: most - 1 })
}
