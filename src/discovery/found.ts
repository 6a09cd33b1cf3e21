import type { SourceKind } from '../model/source.ts'

/** Formats that are read from files. */
export const FILE_KINDS = [
  'ss-text',
  'nmap-xml',
  'compose',
  'kubernetes',
  'documents',
] as const satisfies readonly SourceKind[]
export type FileKind = (typeof FILE_KINDS)[number]

/** What a walk over files and folders found, one at a time, in an order that does not change between runs. */
export type FoundFile = FoundText | FoundStream | UnreadFile

/** A file that is small enough to be held as a whole. */
export interface FoundText {
  readonly state: 'text'
  /** As the user named it, or the folder above it; `-` for standard input. */
  readonly path: string
  /** Name of the folder that holds it, even where `path` does not show it; null for standard input. */
  readonly folder: string | null
  readonly text: string
  /** `sha256:<hex>` of the bytes. */
  readonly digest: string
  readonly kind: FileKind
  /** A person named this file, and did not come upon it in a folder. */
  readonly named: boolean
}

/** A file without a bound, to be read in pieces. */
export interface FoundStream {
  readonly state: 'stream'
  readonly path: string
  readonly kind: 'nmap-xml'
  readonly named: boolean
  /** What can be read once only may be opened once. `most`: how many bytes of the beginning. */
  readonly open: (most?: number) => OpenedStream
}

export interface OpenedStream {
  readonly chunks: AsyncIterable<Uint8Array>
  /** `sha256:<hex>` of what was read so far: after the last chunk, of the file. */
  readonly digest: () => string
  /** How many bytes were read so far. */
  readonly size: () => number
}

/** `unrecognised`: of none of the formats. `unreadable`: wanted, and why not. `passed-over`: met, and left alone. */
export interface UnreadFile {
  readonly state: 'unrecognised' | 'unreadable' | 'passed-over'
  readonly path: string
  readonly reason: string
  readonly named: boolean
}
