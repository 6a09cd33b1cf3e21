import { parseCidr } from '../../lib/ip.ts'
import type { Cidr } from '../../lib/ip.ts'
import type { PolicyPeer, PolicyPort } from '../../model/cluster.ts'
import type { Transport } from '../../model/port.ts'
import { clip, fault, text } from '../yaml/nodes.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import { portNumber } from './objects.ts'

/** A template that nobody has rendered: what will stand there is not known, and that is no fault of the file. */
const PLACEHOLDER = /\$\{|\{\{|\$\(/

/** @param wholly whether addresses of pods are meant too */
export function addressPeer(
  cidrs: readonly (YamlNode | null)[],
  except: readonly YamlNode[],
  wholly: boolean,
): PolicyPeer {
  const open = [...cidrs, ...except].map((one) => text(one) ?? '').find((one) => PLACEHOLDER.test(one))
  if (open !== undefined) return { peer: 'unknown', text: clip(open), outside: false }
  return { peer: 'addresses', cidrs: cidrs.flatMap(cidrOf), except: except.flatMap(cidrOf), wholly }
}

/** @param last null: only the first */
export function portRange(transport: Transport, first: YamlNode | null, last: YamlNode | null): PolicyPort {
  const written = [text(first), text(last)].filter((one) => one !== null).join(' to ')
  if (PLACEHOLDER.test(written)) return { port: 'unknown', text: clip(written) }
  const from = portNumber(first)
  const until = last === null ? from : portNumber(last)
  if (from === null || until === null) return { port: 'unknown', text: clip(written) }
  if (last !== null && until < from) fault(last, `the range ${from} to ${until} ends before it begins`)
  return { port: 'range', transport, first: from, last: until }
}

export function namedPort(transport: Transport | null, name: string): PolicyPort {
  return PLACEHOLDER.test(name) ? { port: 'unknown', text: clip(name) } : { port: 'named', transport, name }
}

function cidrOf(of: YamlNode | null): readonly Cidr[] {
  if (of === null) return []
  const written = text(of) ?? ''
  const cidr = parseCidr(written)
  if (cidr !== null) return [cidr]
  fault(
    of,
    `"${written.slice(0, 60)}" is not a prefix`,
    'write an address and its length, such as 10.0.3.0/24',
  )
  return []
}
