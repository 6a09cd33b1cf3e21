import { TRANSPORTS, type Observed, type PortRange, type Service, type Transport } from '../../model/port.ts'
import type { AbsentRegion, PlaceReading, Sighting, Span } from '../../model/source.ts'
import { type BoundAddress, boundAddress } from '../ip-address.ts'
import { KnownContents } from './contents.ts'
import { unite, without } from './ranges.ts'
import type { Tag } from './tag.ts'

/** Four times every port there is: above what a host can have, below what would hurt. */
const MOST_FACTS = 262_144
const MOST_NAMES = 64
/** The most that a name in the DNS can have (RFC 1035, section 2.3.4). */
const LONGEST_NAME = 255

/** Ports' contents that were read before, in any host of the scan. */
export function knownPorts(): KnownContents<PortAnswer> {
  return new KnownContents('port', /<(?!\/|(?:state|service|owner|cpe|script|elem|table)[\s/>])/)
}

/** Everything within one `<host>`, gathered until it ends. */
export class HostBuilder {
  readonly #span: Span
  /** Ports that the scan asked for, by transport (`scaninfo`). */
  readonly #asked: ReadonlyMap<Transport, readonly PortRange[]>
  readonly #known: KnownContents<PortAnswer>
  readonly #names: string[] = []
  readonly #ports: ListedPort[] = []
  readonly #rest: ExtraPorts[] = []
  readonly #closed: TransportPorts[] = []
  #address: BoundAddress | null = null
  #facts = 0
  #up = true
  /** Up because the user said so (-Pn), not because it answered. */
  #presumed = false
  #port: OpenPort | null = null

  constructor(
    file: string,
    asked: ReadonlyMap<Transport, readonly PortRange[]>,
    known: KnownContents<PortAnswer>,
  ) {
    this.#span = { file, line: null }
    this.#asked = asked
    this.#known = known
  }

  /** `unknown` is the status of a list scan (-sL), which sends nothing. masscan writes none: it lists what answered. */
  status(tag: Tag): void {
    this.#up = tag.is('state', 'up')
    this.#presumed = tag.is('reason', 'user-set')
  }

  /** The MAC address is the next hop's, and changes with the card: it identifies no place. */
  address(tag: Tag): void {
    if (this.#address !== null || tag.is('addrtype', 'mac')) return
    const address = boundAddress(tag.get('addr') ?? '')
    if (address?.family !== 'dual') this.#address = address
  }

  hostname(tag: Tag): void {
    if (this.#names.length >= MOST_NAMES) return
    const name = tag.get('name')
    if (name === undefined || name === '' || name.length > LONGEST_NAME) return
    if (!this.#names.includes(name)) this.#names.push(name)
  }

  /** Ports that nmap did not list one by one, all of them in one `state`. */
  extraPorts(tag: Tag): void {
    this.#spend(1, tag)
    this.#rest.push({ isClosed: tag.is('state', 'closed'), isTold: false })
  }

  /** Since output version 1.05 nmap says which ports those are. */
  extraReasons(tag: Tag): void {
    const ports = tag.ranges('ports')
    const group = this.#rest.at(-1)
    if (ports === undefined || group === undefined) return
    group.isTold = true
    const transport = transportOf(tag)
    if (!group.isClosed || transport === null) return
    this.#spend(ports.length, tag)
    this.#closed.push({ transport, ports })
  }

  openPort(tag: Tag): void {
    this.#spend(1, tag)
    const transport = transportOf(tag)
    const port = tag.number('portid', 5) ?? 0
    this.#port = null
    if (transport === null || port < 1 || port > 65_535) return
    const answer = tag.isEmpty ? null : this.#known.recall(tag)
    if (answer === null) {
      this.#port = { transport, port, state: 'unknown', said: null, service: null, detail: null }
      return
    }
    this.#list(transport, port, answer)
    this.#listFollowing(transport, tag)
  }

  /** Known ports on the lines below, as nmap writes them; without this, reading takes a third longer. */
  #listFollowing(transport: Transport, tag: Tag): void {
    const beginning = BEGINNING[transport]
    let { end } = tag
    // With the one too many the general way deals.
    while (this.#facts < MOST_FACTS) {
      const port = tag.takeNumbered(beginning)
      const answer = port >= 1 && port <= 65_535 ? this.#known.recall(tag) : null
      if (answer === null) break
      this.#facts++
      this.#list(transport, port, answer)
      ;({ end } = tag)
    }
    tag.end = end
  }

  portState(tag: Tag): void {
    if (this.#port === null) return
    if (tag.is('state', 'open')) this.#port.state = 'open'
    else if (tag.is('state', 'closed')) this.#port.state = 'closed'
    // A probe that was not answered cannot tell a silent service from a firewall: `filtered`, `open|filtered`, …
    else
      this.#port.said = [tag.get('state'), tag.get('reason')].filter((part) => part !== undefined).join(', ')
  }

  /** A name without a method is masscan's, which also calls pages and certificates so. */
  service(tag: Tag): void {
    if (this.#port === null) return
    const name = tag.get('name')
    if (name === undefined || !tag.has('method')) return
    // `table` is a look-up of the number and nothing else.
    if (!NAMELESS.has(name))
      this.#port.service = { name, by: tag.is('method', 'probed') ? 'probed' : 'guess' }
    this.#port.detail = serviceDetail(tag, name)
  }

  closePort(tag: Tag): void {
    const open = this.#port
    this.#port = null
    // What has no state was not looked at.
    if (open === null || (open.state === 'unknown' && open.said === null)) return
    const { transport, port, state, service } = open
    const answer = { state, service, detail: open.said ?? open.detail }
    this.#list(transport, port, answer)
    this.#known.learn(tag, answer)
  }

  #list(transport: Transport, port: number, answer: PortAnswer): void {
    this.#ports.push({ transport, port, answer })
    if (answer.state === 'closed') this.#closed.push({ transport, ports: [{ first: port, last: port }] })
  }

  /** Null for a host that is down, never answered or has no address: that says nothing of its ports. */
  finish(): PlaceReading | null {
    if (!this.#up || this.#address === null) return null
    const of = this.#address
    const addresses = [of.address]
    const absent = this.#absent(addresses)
    const answered = absent.length > 0 || this.#ports.some(({ answer }) => answer.state !== 'unknown')
    if (this.#presumed && !answered) return null
    return {
      place: {
        kind: 'host',
        name: of.address,
        identity: null,
        names: this.#names,
        addresses,
        realm: 'default',
      },
      sightings: this.#ports.map((port) => this.#sighting(port, of)),
      absent,
    }
  }

  /**
   * Where the answer was "closed": each such port that is listed, and of the others those that are told. Where
   * closed and silent ports are mixed and nmap does not say which is which, absence proves nothing.
   */
  #absent(addresses: readonly string[]): AbsentRegion[] {
    const isUntold = this.#rest.some(({ isTold }) => !isTold) && this.#rest.every(({ isClosed }) => isClosed)
    const closed = isUntold ? [...this.#closed, ...this.#unlisted()] : this.#closed
    const regions: AbsentRegion[] = []
    for (const transport of TRANSPORTS) {
      const groups = closed.filter((group) => group.transport === transport)
      const ports = unite(groups.length === 1 ? groups[0]!.ports : groups.flatMap(({ ports }) => ports))
      if (ports.length > 0) regions.push({ net: 'net:1', transport, ports, addresses })
    }
    return regions
  }

  #unlisted(): readonly TransportPorts[] {
    return [...this.#asked].map(([transport, asked]) => {
      const listed = this.#ports.filter((each) => each.transport === transport)
      return {
        transport,
        ports: without(
          asked,
          listed.map(({ port }) => port),
        ),
      }
    })
  }

  #sighting({ transport, port, answer }: ListedPort, of: BoundAddress): Sighting {
    return {
      net: 'net:1',
      transport,
      address: of.address,
      device: null,
      port,
      last: port,
      state: answer.state,
      family: of.family,
      service: answer.service,
      owners: NOBODY,
      workload: null,
      flags: NOTHING,
      count: 1,
      span: this.#span,
      detail: answer.detail,
    }
  }

  /** A file may hold a host without end; what has been gathered of one stays in memory. */
  #spend(facts: number, tag: Tag): void {
    this.#facts += facts
    if (this.#facts > MOST_FACTS)
      throw tag.refusal(`a host with more than ${MOST_FACTS} ports`, 'scan again: nmap -oX FILE')
  }
}

interface ExtraPorts {
  readonly isClosed: boolean
  /** False where nmap gives their number only. */
  isTold: boolean
}

interface TransportPorts {
  readonly transport: Transport
  readonly ports: readonly PortRange[]
}

interface ListedPort {
  readonly transport: Transport
  readonly port: number
  readonly answer: PortAnswer
}

/** What stands within `<port>`; shared by all ports of which a scan says the same. */
export interface PortAnswer {
  readonly state: Observed
  readonly service: Service | null
  readonly detail: string | null
}

interface OpenPort {
  readonly transport: Transport
  readonly port: number
  state: Observed
  /** nmap's words for what is neither open nor closed. */
  said: string | null
  service: Service | null
  detail: string | null
}

/** How nmap goes on from one port to the next. */
const BEGINNING: Readonly<Record<Transport, string>> = {
  tcp: '\n<port protocol="tcp" portid="',
  udp: '\n<port protocol="udp" portid="',
  sctp: '\n<port protocol="sctp" portid="',
}

const NOBODY: Sighting['owners'] = []
const NOTHING: Sighting['flags'] = []

/** nmap's words for "no name" and "connected, and hung up at once". */
const NAMELESS: ReadonlySet<string> = new Set(['unknown', 'tcpwrapped'])

function serviceDetail(tag: Tag, name: string): string | null {
  const product = tag.get('product') ?? (name === 'tcpwrapped' ? name : '')
  const version = tag.get('version') ?? ''
  const text = version === '' ? product : `${product} ${version}`
  if (!tag.is('tunnel', 'ssl')) return text === '' ? null : text
  return `${text} over TLS`.trimStart()
}

function transportOf(tag: Tag): Transport | null {
  const name = tag.is('protocol', 'tcp') ? 'tcp' : (tag.get('protocol') ?? tag.get('proto'))
  return TRANSPORTS.find((transport) => transport === name) ?? null
}
