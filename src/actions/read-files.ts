import type { ScanReport } from '../api/views.ts'
import { discover, type Unreadable } from '../discovery/discover.ts'
import type { FoundFile, FoundStream, FoundText } from '../discovery/found.ts'
import { readNmap, type ScanSummary } from '../discovery/nmap.ts'
import { readSsText } from '../discovery/ss-text.ts'
import type { ClusterFacts } from '../model/cluster.ts'
import { Refusal, type Fault } from '../model/refusal.ts'
import type { PlaceReading, Reading, Source } from '../model/source.ts'

/** Walks files and folders and says what each holds; `as` takes a format as given. */
export interface FileSource {
  readTree(paths: readonly string[], options: { readonly as?: string }): AsyncIterable<FoundFile>
}

export interface ReadFiles {
  readonly readings: readonly Reading[]
  /** What Kubernetes manifests state of their cluster, by file. */
  readonly cluster: readonly ClusterFacts[]
  /** Texts of Portreeve documents. */
  readonly documents: readonly FoundText[]
  /** Scans, which are read as streams when their turn comes. */
  readonly scans: readonly FoundStream[]
  readonly read: number
  readonly unrecognised: readonly string[]
  /** Links that lead out of a folder or to what was read already, pipes and the like. */
  readonly passedOver: readonly string[]
  readonly unreadable: readonly Unreadable[]
}

export interface ReadOptions {
  readonly as?: string | undefined
  readonly vantage?: string | undefined
  /** The path that is a copy of standard input: where it lies says nothing. */
  readonly input?: string | undefined
}

/** Reads whatever formats are recognised below the paths. What cannot be read is counted and named. */
export async function readFiles(
  files: FileSource,
  paths: readonly string[],
  options: ReadOptions,
): Promise<ReadFiles> {
  const texts: FoundText[] = []
  const scans: FoundStream[] = []
  const unrecognised: string[] = []
  const passedOver: string[] = []
  const unreadable: Unreadable[] = []
  for await (const each of files.readTree(paths, options.as === undefined ? {} : { as: options.as })) {
    const found = each.path === options.input ? { ...each, path: '-' } : each
    if (found.state === 'text') texts.push(found)
    else if (found.state === 'stream') scans.push(found)
    else if (found.state === 'unreadable') unreadable.push({ path: found.path, reason: found.reason })
    else if (found.state === 'unrecognised') unrecognised.push(found.path)
    else passedOver.push(`${found.path}: ${found.reason}`)
    if ((found.state === 'unreadable' || found.state === 'unrecognised') && found.named)
      throw refuseNamed(found.path, found.state, found.reason)
  }
  const discovery = discover(texts)
  const sockets = discovery.others.filter((file) => file.kind === 'ss-text')
  return {
    readings: [...discovery.readings, ...sockets.map((file) => readSockets(file, options))],
    cluster: discovery.cluster,
    documents: discovery.others.filter((file) => file.kind === 'documents'),
    scans,
    read: texts.length + scans.length,
    unrecognised,
    passedOver,
    unreadable: [...unreadable, ...discovery.unreadable],
  }
}

export interface ReadScans<T> {
  readonly read: readonly T[]
  readonly unreadable: readonly Unreadable[]
}

/** Reads each scan. One that is broken and was come upon in a folder is named, and the others are read. */
export async function readScans<T>(
  scans: readonly FoundStream[],
  readOne: (scan: FoundStream) => Promise<T>,
): Promise<ReadScans<T>> {
  const read: T[] = []
  const unreadable: Unreadable[] = []
  for (const scan of scans) {
    try {
      read.push(await readOne(scan))
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'source-invalid' || scan.named) throw error
      unreadable.push({ path: scan.path, reason: error.message })
    }
  }
  return { read, unreadable }
}

/** A whole scan as one reading. Large scans are better recorded place by place: `recordScan`. */
export async function readScan(scan: FoundStream, options: ReadOptions): Promise<Reading> {
  const places: PlaceReading[] = []
  const { chunks, digest } = scan.open()
  const summary = await readNmap(chunks, scanOptions(scan.path, options), (place) => void places.push(place))
  return {
    ...summary,
    source: scanSource(summary, digest()),
    places: summary.complete ? places : places.map(provesNothing),
  }
}

/**
 * Scans from one vantage point are one source, whatever their files are called: a later one can say that what an
 * earlier one saw is closed.
 */
export function scanSource({ source }: ScanSummary, digest: string): Source {
  return { ...source, name: `nmap:${source.vantage ?? source.name}`, digest }
}

export function scanOptions(path: string, options: ReadOptions): { name: string; vantage: string } {
  if (options.vantage !== undefined) return { name: path, vantage: options.vantage }
  throw new Refusal(
    'bad-input',
    `${path} is a scan, and a scan means nothing without the place it was made from`,
    {
      hint: 'name it: --vantage office-lan',
    },
  )
}

/** A scan that broke off may have ended before it reached what it does not list. */
export function provesNothing(place: PlaceReading): PlaceReading {
  return { ...place, absent: [] }
}

function readSockets(file: FoundText, options: ReadOptions): Reading {
  const host = hostOf(file.path)
  return readSsText(file.path, file.text, { host, vantage: options.vantage ?? null, digest: file.digest })
}

/** `ss` does not say whose sockets it lists; the file's name is the best there is. */
function hostOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name === '-' ? 'stdin' : name.replace(/\.(?:ss|txt|log)$/, '')
}

function refuseNamed(path: string, state: 'unreadable' | 'unrecognised', reason: string): Refusal {
  if (state === 'unreadable') {
    return new Refusal('file-unreadable', `${path} cannot be read: ${reason}`, {
      hint: 'mend it, or leave it out of the paths; texts are read as UTF-8',
    })
  }
  return new Refusal('source-unknown', `${path} holds none of the formats that are read: ${reason}`, {
    hint: 'name its format with --as: nmap-xml, ss-text, compose, kubernetes or documents',
  })
}

/** What was done with the files, for a report. */
export function fileCounts(
  found: ReadFiles,
  scans: Pick<ReadScans<unknown>, 'unreadable'>,
): ScanReport['files'] {
  return {
    read: found.read,
    unrecognised: [...found.unrecognised],
    passedOver: [...found.passedOver],
    unreadable: [...found.unreadable, ...scans.unreadable].map((file) => ({ ...file })),
  }
}

/** What stands in a document is binding: one that cannot be read is no file among others. */
export function refuseUnreadDocuments({ unreadable }: ReadFiles): void {
  const broken = unreadable.find(({ path }) => /portreeve\.ya?ml$/.test(path))
  if (broken !== undefined) throw refuseNamed(broken.path, 'unreadable', broken.reason)
}

export function invalidDocuments(faults: readonly Fault[]): Refusal {
  const many = faults.length === 1 ? '1 fault' : `${faults.length} faults`
  return new Refusal('document-invalid', `${many} in the documents`, {
    hint: 'portreeve schema KIND prints what a document may hold',
    faults,
  })
}

/** The documents below the paths, as texts; other formats are passed over. */
export async function readDocumentFiles(
  files: FileSource,
  paths: readonly string[],
): Promise<{ name: string; text: string }[]> {
  const found = await readFiles(files, paths, {})
  refuseUnreadDocuments(found)
  if (found.documents.length > 0) return found.documents.map(({ path, text }) => ({ name: path, text }))
  throw new Refusal('document-invalid', `no Portreeve document is in ${paths.join(', ')}`, {
    hint: 'documents stand in portreeve.yaml and *.portreeve.yaml; portreeve init writes a first one',
  })
}
