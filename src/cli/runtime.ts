import type { Environment } from '../actions/environment.ts'
import type { Desk } from '../api/operations.ts'
import type { CheckpointFolder } from '../actions/commit-checkpoint.ts'
import type { Begun, Succession } from '../actions/incident.ts'
import type { ImportedTail } from '../actions/import-tail.ts'
import type { Restored } from '../actions/restore.ts'
import type { TileFolder } from '../actions/export-log.ts'
import type { SigningFiles } from '../actions/key-files.ts'
import type { Terminal } from './terminal.ts'

/** What the command line is given by `main.ts`; commands know no adapter. */
export interface Runtime {
  readonly terminal: Terminal
  readonly now: () => string
  /** `portreeve/0.1.0` */
  readonly software: string
  /** Answers on the running server's socket where there is one, else in this process on the opened book. */
  readonly withDesk: <T>(flags: BookFlags, work: (desk: Desk) => Promise<T>) => Promise<T>
  readonly host: () => Promise<Environment['host']>
  readonly files: () => Promise<Environment['files']>
  /** A folder that a log is exported to. */
  readonly exportFolder: (dir: string) => Promise<TileFolder>
  /** Runs the verifier on its own arguments; answers its exit status. */
  readonly verify: (args: readonly string[]) => number
  /** Writes files below a folder that is not there yet, or empty: all of them, or none. */
  readonly writeFolder: (dir: string, files: readonly NewFile[]) => Promise<void>
  /** The git repository that was named, else the configured one. */
  readonly repository: (flags: BookFlags, dir: string | undefined) => Promise<CheckpointFolder>
  readonly serveWitness: (flags: WitnessFlags) => Promise<number>
  readonly signing: () => Promise<SigningFiles>
  /** A folder that only this account may read. */
  readonly privateFolder: (dir: string) => Promise<TileFolder>
  readonly restore: (flags: BookFlags, dir: string, tiles: string | null) => Promise<Restored>
  /** Gives a database that went back what a folder of tiles, or a URL of one, has behind its head. */
  readonly importTail: (flags: BookFlags, source: string) => Promise<ImportedTail>
  readonly beginLogAfter: (flags: BookFlags, succession: Succession) => Promise<Begun>
  readonly up: (flags: UpFlags) => Promise<number>
}

export interface NewFile {
  /** Below the folder, with `/`. */
  readonly path: string
  readonly bytes: Uint8Array
}

export interface BookFlags {
  readonly data?: string
  readonly database?: string
  readonly config?: string
  readonly key?: string
  readonly subjectKeys?: string
}

export interface WitnessFlags {
  readonly name: string
  readonly logKey: readonly string[]
  readonly state: string
  readonly listen: string
  readonly key?: string
}

export interface UpFlags extends BookFlags {
  readonly listen?: string
  readonly observe?: number
  readonly allowWide?: boolean
}
