import { formatAddress } from '../../lib/ip.ts'
import type { Family, Transport } from '../../model/port.ts'
import type { Delivery } from './journey.ts'

/** A socket that waits, as a source saw it. */
export interface Listener {
  readonly net: string
  readonly transport: Transport
  /** `*` any address of both families, `0.0.0.0` and `::` any of one. */
  readonly address: string
  readonly device: string | null
  readonly port: number
  readonly family: Family
  /** The source cannot tell whether `::` answers on IPv4 as well. */
  readonly ipv4Unknown: boolean
}

/** Whether what is delivered to a namespace gets to a socket: surely, perhaps, or not. */
export function takes(
  listener: Listener,
  delivery: Delivery,
  transport: Transport,
  port: number,
): 'must' | 'may' | 'no' {
  if (listener.net !== delivery.net || listener.transport !== transport) return 'no'
  if (delivery.anywhere) return 'may'
  if (listener.port !== port) return 'no'
  if (listener.device !== null && listener.device !== delivery.in) return 'no'
  return answersOn(listener, delivery.destination.family, formatAddress(delivery.destination))
}

function answersOn(listener: Listener, family: 'ipv4' | 'ipv6', address: string): 'must' | 'may' | 'no' {
  switch (listener.address) {
    case '*':
      return 'must'
    case '0.0.0.0':
      return family === 'ipv4' ? 'must' : 'no'
    case '::':
      return family === 'ipv6' || listener.family === 'dual' ? 'must' : listener.ipv4Unknown ? 'may' : 'no'
    default:
      return listener.address === address ? 'must' : 'no'
  }
}
