import { connectionsIn } from '../exposure/connection-list.ts'
import type { Connection } from '../exposure/connection-list.ts'
import {
  connectionText,
  isNoConnection,
  NO_CONNECTION,
  subtractConnections,
} from '../exposure/connection-set.ts'
import type { Instant } from '../model/port.ts'
import { readCluster } from './read-cluster.ts'
import type { ReachOptions } from './read-cluster.ts'
import type { FileSource } from './read-files.ts'
import { scanFiles } from './scan.ts'

/** Ports between two ends that only one of the two sides has open. */
export interface ChangedConnection {
  readonly from: string
  readonly to: string
  /** What is (no longer) possible. */
  readonly may: string
  /** What is (no longer) proved. */
  readonly must: string
}

/** Zones that can reach a port on one of the two sides alone. */
export interface ChangedPort {
  readonly id: string
  readonly opened: readonly string[]
  readonly closed: readonly string[]
  /** On which side the port is at all. */
  readonly present: 'both' | 'old' | 'new'
}

export interface DiffReport {
  readonly opened: readonly ChangedConnection[]
  readonly closed: readonly ChangedConnection[]
  readonly ports: readonly ChangedPort[]
}

/** What a change of manifests opens and closes. */
export async function diff(
  files: FileSource,
  before: string,
  after: string,
  options: ReachOptions,
  at: Instant,
): Promise<DiffReport> {
  const [old, young] = [await sideOf(files, before, options, at), await sideOf(files, after, options, at)]
  return {
    opened: onlyIn(young.connections, old.connections),
    closed: onlyIn(old.connections, young.connections),
    ports: changedPorts(old.ports, young.ports),
  }
}

interface Side {
  readonly connections: ReadonlyMap<string, Connection>
  readonly ports: ReadonlyMap<string, readonly string[]>
}

async function sideOf(files: FileSource, path: string, options: ReachOptions, at: Instant): Promise<Side> {
  const { connectivity } = await readCluster(files, [path], options)
  const { ports } = await scanFiles(files, [path], options, at)
  return {
    connections: new Map(
      [...connectionsIn(connectivity)].map((one) => [JSON.stringify([one.from, one.to]), one]),
    ),
    // A zone that comes in through an entrance counts: it is one that had no way before.
    ports: new Map(
      ports.map(({ id, reach }) => [
        id,
        [
          ...(reach?.may ?? []),
          ...(reach?.via ?? []).map(({ from, through }) => `${from} through ${through}`),
        ],
      ]),
    ),
  }
}

function onlyIn(
  here: ReadonlyMap<string, Connection>,
  there: ReadonlyMap<string, Connection>,
): readonly ChangedConnection[] {
  return [...here].flatMap(([key, { from, to, may, must }]) => {
    const other = there.get(key)
    const possible = subtractConnections(may, other?.may ?? NO_CONNECTION)
    const proved = subtractConnections(must, other?.must ?? NO_CONNECTION)
    if (isNoConnection(possible) && isNoConnection(proved)) return []
    return [{ from, to, may: connectionText(possible), must: connectionText(proved) }]
  })
}

function changedPorts(
  old: ReadonlyMap<string, readonly string[]>,
  young: ReadonlyMap<string, readonly string[]>,
): readonly ChangedPort[] {
  return [...new Set([...old.keys(), ...young.keys()])].sort().flatMap((id) => {
    const [before, after] = [old.get(id), young.get(id)]
    const opened = (after ?? []).filter((zone) => before?.includes(zone) !== true)
    const closed = (before ?? []).filter((zone) => after?.includes(zone) !== true)
    const present = before === undefined ? 'new' : after === undefined ? 'old' : 'both'
    return present === 'both' && opened.length + closed.length === 0 ? [] : [{ id, opened, closed, present }]
  })
}
