import type { IntervalSet } from '../../lib/interval-set.ts'
import { TRANSPORTS } from '../../model/port.ts'
import type { Transport } from '../../model/port.ts'

export const EVERY_PORT_NUMBER: IntervalSet = [0, 65_536]

/** Flags of a TCP segment that are fixed in the first packet of a connection. */
export const TCP_FLAGS: ReadonlySet<string> = new Set(['fin', 'syn', 'rst', 'psh', 'ack', 'urg'])

/** Those of the names or numbers (/etc/protocols) that have ports we know; of another protocol, none. */
export function transportsNamed(names: readonly string[]): readonly Transport[] {
  const wanted = new Set(names.map((name) => NUMBERS[name] ?? name))
  return TRANSPORTS.filter((transport) => wanted.has(transport))
}

const NUMBERS: Readonly<Record<string, Transport>> = { '6': 'tcp', '17': 'udp', '132': 'sctp' }
