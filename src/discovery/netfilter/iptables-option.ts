import { addressesOf, EVERY_IPV4, EVERY_IPV6, subtractAddresses } from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import { intervalsOf, subtract } from '../../lib/interval-set.ts'
import type { IntervalSet } from '../../lib/interval-set.ts'
import { parseAddress, parseCidr } from '../../lib/ip.ts'
import { NEVER } from '../../model/packet-filter.ts'
import type { PacketMatch } from '../../model/packet-filter.ts'
import { TRANSPORTS } from '../../model/port.ts'
import type { IptablesOption } from './iptables-words.ts'
import { addressTypes, statesAmong, TRACKED } from './nft-match.ts'
import { EVERY_PORT_NUMBER, transportsNamed } from './protocol.ts'

/** What an option asks (iptables(8), iptables-extensions(8)); null where it is not modelled. */
export function iptablesOption(option: IptablesOption, family: 'ip' | 'ip6'): readonly PacketMatch[] | null {
  const { name, values, not } = option
  const [value = ''] = values
  switch (name) {
    case '-4':
    case '-6':
    case '--comment':
      return []
    case '-s':
    case '-d':
      return addresses(name === '-s' ? 'source' : 'destination', networkOf(value), not, family)
    case '--src-range':
    case '--dst-range':
      return addresses(name === '--src-range' ? 'source' : 'destination', rangeOf(value), not, family)
    case '--ctorigdst':
      return tracked(addresses('original-destination', networkOf(value), not, family))
    case '-i':
    case '-o':
      return [{ on: name === '-i' ? 'in' : 'out', names: [value.replace(/\+$/, '*')], not }]
    case '-p':
      return protocol(value, not)
    case '--dport':
    case '--dports':
    case '--destination-port':
    case '--destination-ports':
      return ports('port', value, not)
    case '--sport':
    case '--sports':
    case '--source-port':
    case '--source-ports':
      return ports('source-port', value, not)
    case '--ctorigdstport':
      return tracked(ports('original-port', value, not))
    case '--state':
    case '--ctstate':
      return states(value.split(','), not)
    case '--ctdir':
      return [{ on: 'original-direction', is: value === 'ORIGINAL' }]
    case '--src-type':
    case '--dst-type':
      return addressTypes(name === '--src-type' ? 'source-local' : 'destination-local', value.split(','), not)
    case '--mark':
      return mark(value, not)
    case '--syn':
      return [{ on: 'first-segment', is: !not }]
    case '--tcp-flags':
      return flags(value.split(','), (values[1] ?? '').split(','), not)
    case '-f':
      // Later fragments: connection tracking has put them together before.
      return not ? [] : [NEVER]
    default:
      return null
  }
}

function addresses(
  on: 'source' | 'destination' | 'original-destination',
  set: AddressSet | null,
  not: boolean,
  family: 'ip' | 'ip6',
): readonly PacketMatch[] | null {
  if (set === null) return null
  return [{ on, in: not ? subtractAddresses(family === 'ip' ? EVERY_IPV4 : EVERY_IPV6, set) : set }]
}

function tracked(matches: readonly PacketMatch[] | null): readonly PacketMatch[] | null {
  return matches === null ? null : [TRACKED, ...matches]
}

/** Masks with holes in them (`10.0.0.0/255.0.255.0`) are not modelled. */
function networkOf(text: string): AddressSet | null {
  const address = parseAddress(text)
  const cidr =
    address === null
      ? parseCidr(text)
      : { family: address.family, base: address.value, bits: address.family === 'ipv4' ? 32 : 128 }
  return cidr === null ? null : addressesOf([cidr])
}

export function rangeOf(text: string): AddressSet | null {
  const [first, last = first] = text.split('-').map((end) => parseAddress(end))
  if (first == null || last == null || first.family !== last.family) return null
  return first.family === 'ipv4'
    ? { ipv4: intervalsOf([[Number(first.value), Number(last.value)]]), ipv6: [] }
    : { ipv4: [], ipv6: intervalsOf([[first.value, last.value]]) }
}

function protocol(name: string, not: boolean): readonly PacketMatch[] {
  if (name === 'all' || name === '0') return not ? [NEVER] : []
  const named = transportsNamed([name])
  return [{ on: 'transport', in: not ? TRANSPORTS.filter((transport) => !named.includes(transport)) : named }]
}

export function portsOf(text: string, between: RegExp): IntervalSet | null {
  const ranges = text.split(',').map((part) => {
    const [first = '', last = first] = part.split(between)
    return [Number(first === '' ? 0 : first), Number(last === '' ? 65_535 : last)] as const
  })
  return ranges.every(([first, last]) => Number.isInteger(first) && Number.isInteger(last) && first <= last)
    ? intervalsOf(ranges)
    : null
}

function ports(
  on: 'port' | 'source-port' | 'original-port',
  text: string,
  not: boolean,
): readonly PacketMatch[] | null {
  const set = portsOf(text, /:/)
  return set === null ? null : [{ on, in: not ? subtract(EVERY_PORT_NUMBER, set) : set }]
}

function states(names: readonly string[], not: boolean): readonly PacketMatch[] | null {
  const lower = names.map((name) => name.toLowerCase())
  if (lower.includes('snat')) return null
  const first = statesAmong(lower, not)
  if (!lower.includes('dnat')) return [first]
  return not
    ? [first, { on: 'translated', is: false }]
    : [{ on: 'any', of: [[first], [{ on: 'translated', is: true }]] }]
}

function mark(text: string, not: boolean): readonly PacketMatch[] | null {
  const [value, mask = 0xffffffff] = text.split('/').map(Number)
  return Number.isInteger(value) && Number.isInteger(mask) ? [{ on: 'mark', value: value!, mask, not }] : null
}

/** The first packet of a connection has SYN and none of the others. */
function flags(mask: readonly string[], set: readonly string[], not: boolean): readonly PacketMatch[] | null {
  const seen = mask.includes('ALL') || mask.includes('SYN')
  const wanted = set.filter((flag) => flag !== 'NONE')
  const all = wanted.includes('ALL')
  const equal = !all && wanted.every((flag) => flag === 'SYN') && wanted.includes('SYN') === seen
  return [{ on: 'first-segment', is: equal !== not }]
}
