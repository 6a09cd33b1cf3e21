import type { PortRange, Transport } from '../model/port.ts'
import { TRANSPORTS } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import type { PlaceReading, Reading } from '../model/source.ts'
import { HostBuilder } from './nmap/host.ts'
import { parseRanges } from './nmap/ranges.ts'
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
 * Reads nmap XML (`-oX`, output versions 1.03 to 1.05) as it comes and hands over each host when it ends; memory
 * does not grow with the scan. A scan that broke off is not `complete`, and then absence in it proves nothing.
 * Format: docs/nmap.dtd of nmap. Refusal `source-invalid` for what is no such scan.
 */
export async function readNmap(
  chunks: AsyncIterable<Uint8Array>,
  options: NmapOptions,
  onHost: (host: PlaceReading) => void | Promise<void>,
): Promise<ScanSummary> {
  const scan = new Scan(options)
  const tags = new TagScanner(options.name, ELEMENTS, scan)
  for await (const chunk of chunks) {
    tags.push(chunk)
    for (const host of scan.takeHosts()) {
      const wait = onHost(host)
      if (wait !== undefined) await wait
    }
  }
  return scan.finish(tags.finish())
}

const HANDLERS: Readonly<Record<string, (scan: Scan, tag: Tag) => void>> = {
  nmaprun: (scan, tag) => scan.run(tag),
  scaninfo: (scan, tag) => scan.info(tag),
  finished: (scan, tag) => scan.finished(tag),
  status: (scan, tag) => scan.host?.status(tag),
  address: (scan, tag) => scan.host?.address(tag),
  hostname: (scan, tag) => scan.host?.hostname(tag),
  extraports: (scan, tag) => scan.host?.extraPorts(tag),
  extrareasons: (scan, tag) => scan.host?.extraReasons(tag),
  port: (scan, tag) => scan.host?.openPort(tag),
  state: (scan, tag) => scan.host?.portState(tag),
  service: (scan, tag) => scan.host?.service(tag),
}
const ELEMENTS = [...Object.keys(HANDLERS), 'host', 'hosthint']

class Scan {
  readonly #options: NmapOptions
  readonly #asked = new Map<Transport, readonly PortRange[]>()
  #hosts: PlaceReading[] = []
  #down = 0
  #isRun = false
  #ended = false
  #hint = false
  #start: number | null = null
  #end: { readonly at: number | null; readonly ok: boolean } | null = null
  host: HostBuilder | null = null

  constructor(options: NmapOptions) {
    this.#options = options
  }

  open(name: string, tag: Tag): void {
    const { isEmpty } = tag
    if (!this.#isRun && name !== 'nmaprun') throw this.#notNmap()
    // A hint repeats the address of a host that has its own element later.
    if (name === 'hosthint') this.#hint = !isEmpty
    if (this.#hint) return
    if (name === 'host') this.host = new HostBuilder(this.#options.name, this.#asked)
    else HANDLERS[name]?.(this, tag)
    if (isEmpty) this.close(name)
  }

  close(name: string): void {
    if (name === 'hosthint') this.#hint = false
    else if (name === 'nmaprun') this.#ended = true
    else if (name === 'port') this.host?.closePort()
    else if (name === 'host' && this.host !== null) {
      const place = this.host.finish()
      if (place === null) this.#down++
      else this.#hosts.push(place)
      this.host = null
    }
  }

  run(tag: Tag): void {
    this.#isRun = true
    this.#start = seconds(tag.get('start'))
  }

  info(tag: Tag): void {
    const transport = TRANSPORTS.find((transport) => transport === tag.get('protocol'))
    if (transport === undefined) return
    this.#asked.set(transport, [...(this.#asked.get(transport) ?? []), ...parseRanges(tag.get('services') ?? '')])
  }

  finished(tag: Tag): void {
    this.#end = { at: seconds(tag.get('time')), ok: tag.get('exit') !== 'error' }
  }

  takeHosts(): readonly PlaceReading[] {
    const hosts = this.#hosts
    this.#hosts = []
    return hosts
  }

  finish(nothingLeft: boolean): ScanSummary {
    if (!this.#isRun) throw this.#notNmap()
    const complete = this.#ended && nothingLeft && this.#end?.ok === true
    const at = this.#end?.at ?? this.#start
    const notes = []
    if (!complete) notes.push('the scan broke off before its end: what it does not list is unknown, and nothing in it closes a port')
    if (this.#down > 0) notes.push(`${this.#down} hosts were down or without an address; of their ports nothing is known`)
    return {
      source: { name: this.#options.name, kind: 'nmap-xml', vantage: this.#options.vantage, digest: null },
      at: at === null ? null : new Date(at * 1000).toISOString(),
      complete,
      notes,
    }
  }

  #notNmap(): Refusal {
    return new Refusal('source-invalid', `${this.#options.name} is not nmap's XML: it does not begin with <nmaprun>`, {
      hint: 'write one with nmap -oX FILE',
    })
  }
}

/** Unix time; what is no whole number of seconds in this era is not taken for a time. */
function seconds(text: string | undefined): number | null {
  const value = Number(text)
  return text !== undefined && /^\d{1,11}$/.test(text) && value > 0 ? value : null
}
