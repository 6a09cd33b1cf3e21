import type { HostNetwork, NetworkInterface } from '../../model/host-network.ts'

/** An interface of one namespace. */
export interface End {
  readonly net: string
  readonly device: NetworkInterface
}

/** Interfaces that hear each other without a router: pairs of veth, and what a bridge joins. */
export interface Segment {
  readonly ends: readonly End[]
  /** Bridges in it: the rules of their namespace may see what they pass on (br_netfilter). */
  readonly bridges: readonly End[]
  /** False where the other end of a pair could not be told from others. */
  readonly sure: boolean
}

export function segmentsOf(networks: readonly HostNetwork[]): ReadonlyMap<NetworkInterface, Segment> {
  const ends = networks.flatMap(({ net, interfaces }) => interfaces.map((device): End => ({ net, device })))
  const groups = new Map(ends.map((end) => [end.device, { ends: [end], sure: true }]))
  const join = (a: NetworkInterface, b: NetworkInterface, sure: boolean) => {
    const [one, two] = [groups.get(a)!, groups.get(b)!]
    one.sure &&= two.sure && sure
    if (one === two) return
    one.ends.push(...two.ends)
    for (const { device } of two.ends) groups.set(device, one)
  }
  const byIndexes = Map.groupBy(
    ends.filter(({ device }) => isPair(device)),
    ({ device }) => `${device.index} ${device.peerIndex}`,
  )
  for (const end of ends.filter(({ device }) => isPair(device))) {
    const all = byIndexes.get(`${end.device.peerIndex} ${end.device.index}`) ?? []
    const others = all.filter(
      ({ net, device }) => device !== end.device && (net !== end.net) === end.device.peerElsewhere,
    )
    for (const other of others) join(end.device, other.device, others.length === 1)
  }
  for (const { net, device } of ends) {
    const master = ends.find((end) => end.net === net && end.device.name === device.master)
    if (master !== undefined) join(device, master.device, true)
  }
  const segments = new Map<object, Segment>()
  return new Map(
    ends.map(({ device }) => {
      const group = groups.get(device)!
      let segment = segments.get(group)
      if (segment === undefined) {
        segment = { ...group, bridges: group.ends.filter((end) => end.device.kind === 'bridge') }
        segments.set(group, segment)
      }
      return [device, segment]
    }),
  )
}

function isPair({ kind, peerIndex }: NetworkInterface): boolean {
  return peerIndex !== null && (kind === null || kind === 'veth')
}
