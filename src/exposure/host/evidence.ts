import { formatAddress } from '../../lib/ip.ts'
import type { IpAddress } from '../../lib/ip.ts'
import type { Hop } from '../../model/reach.ts'
import { exactly } from './bounds.ts'
import { journey } from './journey.ts'
import type { Entry } from './journey.ts'
import type { Listener } from './listener.ts'
import type { Step } from './packet.ts'
import { single } from './packet.ts'
import type { World } from './world.ts'

/** The way of one packet of one sender, rule by rule, with the packet itself as its first step. */
export function hopsOf(world: World, entry: Entry, listener: Listener, sender: IpAddress): readonly Hop[] {
  const steps: Step[] = []
  journey(world, { ...entry, senders: exactly(single(sender)) }, steps)
  const arrives = entry.in === null ? `sent by a process of ${entry.net}` : `comes in by ${entry.in}`
  return [
    {
      at: entry.net,
      rule: `a packet of ${socketText(sender, null)} to ${socketText(entry.destination, entry.port)}/${entry.transport} ${arrives}`,
      source: null,
    },
    ...steps.filter(({ text }) => text !== 'drop' && text !== 'reject' && text !== 'policy drop').map(hopOf),
    {
      at: listener.net,
      rule: `reaches the socket ${listener.address}:${listener.port}/${listener.transport}`,
      source: null,
    },
  ]
}

function hopOf({ net, hook, chain, rule, text, sure }: Step): Hop {
  return {
    at: `${net} ${hook}, chain ${chain}`,
    rule: `${sure ? text : `perhaps ${text}`}: ${rule?.text ?? 'policy'}`,
    source: rule?.source ?? null,
  }
}

function socketText(address: IpAddress, port: number | null): string {
  const text = formatAddress(address)
  if (port === null) return text
  return address.family === 'ipv6' ? `[${text}]:${port}` : `${text}:${port}`
}
