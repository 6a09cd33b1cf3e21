import { TRANSPORTS, type Observed, type PortRange, type Service, type Transport } from '../../model/port.ts'
import type { AbsentRegion, PlaceReading, Sighting } from '../../model/source.ts'
import type { Tag } from './tag.ts'
import { parseRanges } from './ranges.ts'

/** Everything within one `<host>`, gathered until it ends. */
export class HostBuilder {
  readonly #file: string
  /** Ports that the scan asked for, by transport (`scaninfo`). */
  readonly #asked: ReadonlyMap<Transport, readonly PortRange[]>
  readonly #addresses: string[] = []
  readonly #names: string[] = []
  readonly #sightings: Sighting[] = []
  readonly #rest: { transport: Transport | null; state: string; ports: readonly PortRange[] | null }[] = []
  #up = true
  #port: OpenPort | null = null

  constructor(file: string, asked: ReadonlyMap<Transport, readonly PortRange[]>) {
    this.#file = file
    this.#asked = asked
  }

  status(tag: Tag): void {
    this.#up = !tag.is('state', 'down')
  }

  address(tag: Tag): void {
    const address = tag.get('addr')
    // The MAC address is the next hop's, and changes with the card: it identifies no place.
    if (address !== undefined && tag.get('addrtype') !== 'mac') this.#addresses.push(address)
  }

  hostname(tag: Tag): void {
    const name = tag.get('name')
    if (name !== undefined) this.#names.push(name)
  }

  /** Ports that nmap did not list one by one, `count` of them in one `state`. */
  extraPorts(tag: Tag): void {
    this.#rest.push({ transport: null, state: tag.get('state') ?? '', ports: null })
  }

  /** Since 7.80 nmap says which ports those are. */
  extraReasons(tag: Tag): void {
    const group = this.#rest.at(-1)
    const transport = transportOf(tag.get('proto'))
    if (group === undefined || transport === null) return
    const ports = parseRanges(tag.get('ports') ?? '')
    if (group.transport === null) Object.assign(group, { transport, ports })
    else this.#rest.push({ transport, state: group.state, ports })
  }

  openPort(tag: Tag): void {
    const transport = tag.is('protocol', 'tcp') ? 'tcp' : transportOf(tag.get('protocol'))
    const port = Number(tag.get('portid'))
    const isPort = Number.isInteger(port) && port >= 1 && port <= 65535
    this.#port = transport === null || !isPort ? null : { transport, port, state: '', reason: '', service: null, detail: null }
  }

  portState(tag: Tag): void {
    if (this.#port === null) return
    this.#port.state = tag.is('state', 'open') ? 'open' : (tag.get('state') ?? '')
    this.#port.reason = this.#port.state === 'open' ? '' : (tag.get('reason') ?? '')
  }

  service(tag: Tag): void {
    const name = tag.get('name')
    if (this.#port === null || name === undefined) return
    // `table` is a look-up of the number and nothing else.
    this.#port.service = { name, by: tag.is('method', 'probed') ? 'probed' : 'guess' }
    this.#port.detail = serviceDetail(tag)
  }

  closePort(): void {
    if (this.#port !== null && this.#port.state !== '') this.#sightings.push(sightingOf(this.#port, this.#addresses[0] ?? null, this.#file))
    this.#port = null
  }

  /** Null for a host that is down or has no address: that says nothing of its ports. */
  finish(): PlaceReading | null {
    const [address] = this.#addresses
    if (!this.#up || address === undefined) return null
    return {
      place: { kind: 'host', name: address, identity: null, names: [...new Set(this.#names)], addresses: this.#addresses, realm: 'default' },
      sightings: this.#sightings,
      absent: this.#absent([address]),
    }
  }

  /**
   * What was asked for, answered "closed" and not listed. Where closed and silent ports are mixed and nmap does not
   * say which is which, absence proves nothing.
   */
  #absent(addresses: readonly string[]): AbsentRegion[] {
    const regions: AbsentRegion[] = []
    for (const [transport, asked] of this.#asked) {
      const groups = this.#rest.filter((group) => group.transport === null || group.transport === transport)
      const closed = groups.filter((group) => group.state === 'closed')
      const told = closed.every((group) => group.ports !== null)
      const ports = told ? closed.flatMap((group) => group.ports ?? []) : closed.length === groups.length ? asked : []
      if (ports.length > 0) regions.push({ net: 'net:1', transport, ports, addresses })
    }
    return regions
  }
}

interface OpenPort {
  readonly transport: Transport
  readonly port: number
  state: string
  reason: string
  service: Service | null
  detail: string | null
}

/** A probe that was not answered cannot tell a silent service from a firewall: `filtered`, `open|filtered`, … */
function observedOf(state: string): Observed {
  return state === 'open' || state === 'closed' ? state : 'unknown'
}

function sightingOf({ transport, port, state, reason, service, detail }: OpenPort, address: string | null, file: string): Sighting {
  const observed = observedOf(state)
  const said = observed === 'unknown' ? [state, reason].filter((part) => part !== '').join(', ') : null
  return {
    net: 'net:1',
    transport,
    address,
    device: null,
    port,
    last: port,
    state: observed,
    family: address?.includes(':') ? 'ipv6' : 'ipv4',
    service,
    owners: [],
    workload: null,
    flags: [],
    count: 1,
    span: { file, line: null },
    detail: said ?? detail,
  }
}

function serviceDetail(tag: Tag): string | null {
  const product = tag.get('product') ?? ''
  const version = tag.get('version') ?? ''
  const text = version === '' ? product : `${product} ${version}`
  if (!tag.is('tunnel', 'ssl')) return text === '' ? null : text
  return `${text} over TLS`.trimStart()
}

function transportOf(text: string | undefined): Transport | null {
  return TRANSPORTS.find((transport) => transport === text) ?? null
}
