import type { Family, PortKey, Process } from '../model/port.ts'
import type { SightingFlag } from '../model/source.ts'

/** One row of a host's socket table: a socket that waits for whoever comes. */
export interface HostSocket extends PortKey {
  readonly family: Family
  /** Number of the socket in the kernel; how a process's descriptors name it. Null where the table does not say. */
  readonly inode: number | null
  /** The account that made the socket; null where the table does not say. */
  readonly uid: number | null
  /** Control group (version 2) in which the socket was made. */
  readonly cgroup: string | null
  readonly owners: readonly Process[]
  readonly flags: readonly SightingFlag[]
  /** Line of the text, from 1; null for a live source. */
  readonly line: number | null
  readonly detail: string | null
}

/** A process of which the source said nothing yet. */
export const UNKNOWN_PROCESS: Process = {
  pid: null,
  name: null,
  path: null,
  user: null,
  unit: null,
  container: null,
}
