import { exactly } from '../../src/exposure/host/bounds.ts'
import { journey } from '../../src/exposure/host/journey.ts'
import { takes } from '../../src/exposure/host/listener.ts'
import type { Listener } from '../../src/exposure/host/listener.ts'
import { single } from '../../src/exposure/host/packet.ts'
import type { World } from '../../src/exposure/host/world.ts'
import { hasAddress } from '../../src/lib/address-set.ts'
import { parseAddress } from '../../src/lib/ip.ts'
import { ADDRESSES } from './lab.ts'
import type { Lab } from './lab.ts'

export interface Socket {
  readonly where: 'host' | 'container'
  readonly transport: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
  readonly only: boolean
}
export interface Probe {
  readonly from: 'left' | 'right' | 'host' | 'container'
  readonly source: string
  readonly to: string
  readonly transport: 'tcp' | 'udp'
  readonly port: number
}

/** What the sources say of one probe. */
export function compute(
  lab: Lab,
  world: World,
  sockets: readonly Socket[],
  probe: Probe,
): 'must' | 'may' | 'no' {
  const source = parseAddress(probe.source)!
  const inside = probe.from === 'host' || probe.from === 'container'
  const deliveries = journey(world, {
    net: inside ? lab[probe.from].net : lab.host.net,
    in: inside ? null : ADDRESSES[probe.from as 'left' | 'right'].link,
    destination: parseAddress(probe.to)!,
    transport: probe.transport,
    port: probe.port,
    senders: exactly(single(source)),
  })
  let answer: 'must' | 'may' | 'no' = 'no'
  for (const delivery of deliveries)
    for (const one of sockets) {
      const taken = takes(listenerOf(lab, one), delivery, probe.transport, delivery.port)
      if (taken === 'no' || !hasAddress(delivery.senders.may, source)) continue
      if (taken === 'must' && hasAddress(delivery.senders.must, source)) return 'must'
      answer = 'may'
    }
  return answer
}

function listenerOf(lab: Lab, { where, transport, address, port, only }: Socket): Listener {
  const dual = address === '::' && !only
  return {
    net: lab[where].net,
    transport,
    port,
    address: dual ? '*' : address,
    family: dual ? 'dual' : address.includes(':') ? 'ipv6' : 'ipv4',
    device: null,
    ipv4Unknown: false,
  }
}

let round = 0
/** What really arrives, each probe with a token of its own. */
export async function really(lab: Lab, probes: readonly Probe[], wait: number): Promise<readonly boolean[]> {
  round += 1
  const token = (i: number) => `${round}.${i}`
  await Promise.all(
    (['left', 'right', 'host', 'container'] as const).map((from) =>
      lab[from].ask('probe', {
        wait,
        probes: probes.flatMap((probe, i) =>
          probe.from === from ? [{ ...probe, from: probe.source, token: token(i) }] : [],
        ),
      }),
    ),
  )
  const came = new Set(
    (await Promise.all([lab.host.ask<string[]>('seen'), lab.container.ask<string[]>('seen')])).flat(),
  )
  return probes.map((_, i) => came.has(token(i)))
}
