import { provenUdp } from '../../discovery/socket-sightings.ts'
import type { PortRange } from '../../model/port.ts'
import type { AbsentRegion, PlaceClaim } from '../../model/source.ts'
import type { Pass } from './pass.ts'
import { privileges } from './privileges.ts'
import { inodeOf } from './proc.ts'

/** What a pass could not see. */
export interface BlindSpots {
  readonly everyNamespace: boolean
  readonly notes: readonly string[]
}

export function blindSpots(seen: Pass, place: PlaceClaim): BlindSpots {
  const unread = seen.namespaces.filter(({ by }) => by === 'unread').map(({ label }) => label)
  const tables = seen.namespaces.filter(({ by }) => by === 'procfs').map(({ label }) => label)
  const unix = seen.namespaces.reduce((sum, { unixListeners }) => sum + unixListeners, 0)
  const notes = [
    unread.length > 0 && `not read, for ${privileges()}: ${unread.join(', ')}`,
    !seen.everyProcess && 'processes are hidden here (hidepid): network namespaces of theirs may be missing',
    tables.length > 0 &&
      `read from procfs, not by ss, so devices and the IPv4 side of :: are unknown: ${tables.join(', ')}`,
    seen.ownerless > 0 &&
      `${counted(seen.ownerless, 'socket')} without a visible process: it is hidden from us (${privileges()}), or the kernel's own`,
    place.identity === null && '/etc/machine-id is missing or empty: the place is known by its name alone',
    unix > 0 && `${counted(unix, 'listening unix socket')}, counted and not listed`,
    ...seen.namespaces.flatMap((namespace) => namespace.notes),
  ]
  return {
    everyNamespace: unread.length === 0 && seen.everyProcess,
    notes: notes.filter((note) => note !== false),
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

const ALL_PORTS = [{ first: 1, last: 65_535 }]

/** Where a port that was not seen is closed. SCTP is in no table of procfs that we read; unloaded, nobody listens. */
export function absence(
  seen: Pass,
  everyNamespace: boolean,
  ephemeral: (net: string) => PortRange | null,
): AbsentRegion[] {
  const read = seen.namespaces.filter(({ by }) => by !== 'unread')
  const sctp = inodeOf('/proc/net/sctp') === null || read.every(({ by }) => by !== 'procfs')
  const transports = sctp ? (['tcp', 'udp', 'sctp'] as const) : (['tcp', 'udp'] as const)
  const nets = everyNamespace ? ['*'] : read.map(({ label }) => label)
  return nets.flatMap((net) => {
    const udp = provenUdp(
      seen.sockets.filter((socket) => net === '*' || socket.net === net),
      ephemeral,
    )
    return transports.map((transport) => ({
      net,
      transport,
      ports: transport === 'udp' ? udp : ALL_PORTS,
      addresses: null,
    }))
  })
}
