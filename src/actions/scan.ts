import type { PortsReport, PortView, ScanReport, SourceView } from '../api/views.ts'
import type { HostReader } from '../discovery/host-reader.ts'
import { withServiceNames } from '../discovery/services.ts'
import { clusterReach } from '../exposure/cluster-reach.ts'
import { connectivityOf } from '../exposure/connectivity.ts'
import type { Connectivity } from '../exposure/connectivity.ts'
import { zonesOf } from '../exposure/zones.ts'
import type { Zone } from '../exposure/zones.ts'
import { Refusal } from '../model/refusal.ts'
import type { Instant } from '../model/port.ts'
import type { Reach } from '../model/reach.ts'
import type { Reading } from '../model/source.ts'
import type { PortRow } from '../registry/book.ts'
import { parseDocuments } from '../registry/documents/parse.ts'
import { reachOnHost } from './host-reach.ts'
import { REACH_NOTE } from './port-view.ts'
import {
  fileCounts,
  invalidDocuments,
  readFiles,
  readScan,
  readScans,
  type FileSource,
  type ReadOptions,
} from './read-files.ts'
import { zoneFacts, zoneFile, type ReachOptions } from './read-cluster.ts'
import { survey } from './survey.ts'

/** What listens on this host, without any book. */
export async function scanHost(
  host: HostReader | null,
  at: Instant,
  zones: readonly Zone[] = zonesOf([]),
): Promise<ScanReport> {
  if (host === null) {
    throw new Refusal('unsupported', `this system (${process.platform}) cannot be observed`, {
      hint: 'scan a file instead: portreeve scan FILE',
    })
  }
  const reading = withServiceNames(await host.read())
  const reachOf = reachOnHost(await host.networks(), zones)
  const { ports } = survey([reading], [], at, false, reachOf)
  return { ...report([reading], ports, at), recorded: null, files: NO_FILES }
}

/** The zones of a file that `--zones` names, and the built-in ones. */
export async function zonesIn(files: FileSource, path: string | undefined): Promise<readonly Zone[]> {
  return zonesOf(zoneFacts(await zoneFile(files, path)))
}

/** What files and folders say would listen or was seen; with documents among them, what those declare of it. */
export async function scanFiles(
  files: FileSource,
  paths: readonly string[],
  options: ReadOptions & ReachOptions,
  at: Instant,
): Promise<ScanReport> {
  const found = await readFiles(files, paths, options)
  const scans = await readScans(found.scans, (scan) => readScan(scan, options))
  const { documents, faults } = parseDocuments(
    found.documents.map(({ path, text }) => ({ name: path, text })),
  )
  if (faults.length > 0) throw invalidDocuments(faults)
  const named = [...found.readings, ...scans.read].map(withServiceNames)
  const zones = zonesOf(zoneFacts([...documents, ...(await zoneFile(files, options.zones))]))
  const { ports } = survey(
    named,
    documents,
    at,
    documents.length > 0,
    reachIn(connectivityOf(found.cluster, options.cni), zones),
  )
  return {
    ...report(named, ports, at),
    recorded: null,
    files: fileCounts(found, scans),
  }
}

function reachIn(connectivity: Connectivity, zones: readonly Zone[]): (row: PortRow) => Reach | null {
  const reachOf = clusterReach(connectivity, zones)
  return ({ workload, net, address, transport, port }) =>
    workload === null ? null : reachOf({ workload, net, address, transport, port })
}

function report(readings: readonly Reading[], ports: readonly PortView[], at: Instant): PortsReport {
  return { version: 1, at, sources: readings.map(sourceView), ports: [...ports] }
}

export function sourceView(reading: Reading): SourceView {
  const { name, kind, vantage, digest } = reading.source
  return {
    name,
    kind,
    vantage,
    digest,
    complete: reading.complete,
    notes: [...reading.notes, ...(kind === 'kubernetes' || kind === 'linux-host' ? [] : [REACH_NOTE])],
  }
}

const NO_FILES: ScanReport['files'] = { read: 0, unrecognised: [], passedOver: [], unreadable: [] }
