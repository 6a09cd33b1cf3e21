import type { PortRange, Transport } from '../model/port.ts'
import { TRANSPORTS } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import type { PlaceReading, Reading } from '../model/source.ts'
import { HostBuilder, knownPorts } from './nmap/host.ts'
import { unite } from './nmap/ranges.ts'
import type { Tag } from './nmap/tag.ts'
import { TagScanner } from './nmap/tags.ts'

/** All of a scan but its hosts, which were handed over one by one. */
export type ScanSummary = Omit<Reading, 'places'>

export interface NmapOptions {
  /** The file's path. */
  readonly name: string
  /** From where the scan was made: without it a result means nothing. */
  readonly vantage: string
}

/**
 * Reads nmap XML (`-oX`, output versions 1.x; masscan writes 1.03) as it comes and hands over each host when it
 * ends; memory does not grow with the scan. A scan that broke off is not `complete`, and then absence in it proves
 * nothing. `at` is when the scan ended, or for one that broke off, when its last host did.
 * Format: docs/nmap.dtd of nmap.
 *
 * @throws Refusal `source-invalid`, with the line, for what is no such scan or could be meant as an attack.
 */
export async function readNmap(
  chunks: AsyncIterable<Uint8Array>,
  options: NmapOptions,
  onHost: (host: PlaceReading) => void | Promise<void>,
): Promise<ScanSummary> {
  const scan = new Scan(options)
  const tags = new TagScanner(options.name, ELEMENTS, scan)
  const handOver = async () => {
    for (const host of scan.takeHosts()) {
      const wait = onHost(host)
      if (wait !== undefined) await wait
    }
  }
  for await (const chunk of chunks) {
    tags.push(chunk)
    await handOver()
  }
  const nothingLeft = tags.finish()
  await handOver()
  return scan.finish(nothingLeft)
}

interface Element {
  readonly open: (scan: Scan, tag: Tag) => void
  readonly close?: (scan: Scan, tag: Tag) => void
}

/** `hosthint` repeats the address of a host that has its own element later: outside of `host`, nothing is taken. */
const ELEMENTS: Readonly<Record<string, Element>> = {
  nmaprun: { open: (scan, tag) => scan.run(tag), close: (scan, tag) => scan.endRun(tag) },
  scaninfo: { open: (scan, tag) => scan.info(tag) },
  finished: { open: (scan, tag) => scan.finished(tag) },
  host: { open: (scan, tag) => scan.openHost(tag), close: (scan) => scan.closeHost() },
  status: { open: (scan, tag) => scan.host?.status(tag) },
  address: { open: (scan, tag) => scan.host?.address(tag) },
  hostname: { open: (scan, tag) => scan.host?.hostname(tag) },
  extraports: { open: (scan, tag) => scan.host?.extraPorts(tag) },
  extrareasons: { open: (scan, tag) => scan.host?.extraReasons(tag) },
  port: { open: (scan, tag) => scan.host?.openPort(tag), close: (scan, tag) => scan.host?.closePort(tag) },
  state: { open: (scan, tag) => scan.host?.portState(tag) },
  service: { open: (scan, tag) => scan.host?.service(tag) },
}

const RERUN = 'scan again: nmap -oX FILE'

class Scan {
  readonly #options: NmapOptions
  readonly #asked = new Map<Transport, readonly PortRange[]>()
  readonly #known = knownPorts()
  readonly #hosts: PlaceReading[] = []
  #stage: 'before' | 'within' | 'after' = 'before'
  #silent = 0
  #givenUp = 0
  #start: number | null = null
  #lastHost: number | null = null
  #end: { readonly at: number | null; readonly ok: boolean } | null = null
  host: HostBuilder | null = null

  constructor(options: NmapOptions) {
    this.#options = options
  }

  open(element: Element, tag: Tag): void {
    if (this.#stage === 'after') {
      throw tag.refusal(
        'the file goes on after </nmaprun>',
        'it holds several scans (--append-output): make a file of each',
      )
    }
    if (this.#stage === 'before' && element !== ELEMENTS['nmaprun']) throw this.#notNmap()
    element.open(this, tag)
  }

  close(element: Element, tag: Tag): void {
    element.close?.(this, tag)
  }

  run(tag: Tag): void {
    if (this.#stage === 'within') throw tag.refusal('<nmaprun> within <nmaprun>', RERUN)
    const version = tag.get('xmloutputversion')
    if (version !== undefined && !version.startsWith('1.')) {
      throw tag.refusal(
        `output version ${version.slice(0, 20)} is unknown; 1.03 to 1.05 are read`,
        'upgrade portreeve, or scan with nmap 7',
      )
    }
    this.#stage = 'within'
    this.#start = tag.number('start', 11)
  }

  endRun(tag: Tag): void {
    if (this.#stage === 'before') throw this.#notNmap()
    if (this.host !== null) throw tag.refusal('</nmaprun> within <host>', RERUN)
    this.#stage = 'after'
  }

  /** nmap writes one for each transport; of a second nothing more is believed. */
  info(tag: Tag): void {
    const transport = TRANSPORTS.find((transport) => transport === tag.get('protocol'))
    if (transport === undefined || this.#asked.has(transport)) return
    this.#asked.set(transport, unite(tag.ranges('services') ?? []))
  }

  finished(tag: Tag): void {
    this.#end = { at: tag.number('time', 11), ok: !tag.is('exit', 'error') }
  }

  openHost(tag: Tag): void {
    if (this.host !== null) throw tag.refusal('<host> within <host>', RERUN)
    this.host = new HostBuilder(this.#options.name, this.#asked, this.#known)
    this.#lastHost = tag.number('endtime', 11) ?? this.#lastHost
    if (tag.is('timedout', 'true')) this.#givenUp++
  }

  closeHost(): void {
    const place = this.host?.finish() ?? null
    this.host = null
    if (place === null) this.#silent++
    else this.#hosts.push(place)
  }

  takeHosts(): readonly PlaceReading[] {
    return this.#hosts.splice(0)
  }

  finish(nothingLeft: boolean): ScanSummary {
    if (this.#stage === 'before') throw this.#notNmap()
    const complete = this.#stage === 'after' && nothingLeft && this.#end?.ok === true
    const at = this.#end?.at ?? this.#lastHost ?? this.#start
    return {
      source: { name: this.#options.name, kind: 'nmap-xml', vantage: this.#options.vantage, digest: null },
      // 0 is what a clock without a time says.
      at: at === null || at === 0 ? null : new Date(at * 1000).toISOString(),
      complete,
      notes: this.#notes(complete),
    }
  }

  #notes(complete: boolean): readonly string[] {
    const notes = []
    if (!complete)
      notes.push(
        'the scan broke off before its end: what it does not list is unknown, and nothing in it closes a port',
      )
    if (this.#givenUp > 0) notes.push(`nmap gave up on ${hosts(this.#givenUp)} before all ports were tried`)
    if (this.#silent > 0)
      notes.push(`${hosts(this.#silent)} down, silent or without an address: of those ports nothing is known`)
    return notes
  }

  #notNmap(): Refusal {
    return new Refusal(
      'source-invalid',
      `${this.#options.name} is not nmap's XML: it does not begin with <nmaprun>`,
      {
        hint: 'write one with nmap -oX FILE',
      },
    )
  }
}

function hosts(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`
}
