import { EVERY_PORT_NUMBER, TCP_FLAGS, transportsNamed } from './protocol.ts'
import { TRANSPORTS } from '../../model/port.ts'
import type { Transport } from '../../model/port.ts'
import { NEVER } from '../../model/packet-filter.ts'
import type { PacketMatch, TrackedState } from '../../model/packet-filter.ts'
import type { Json, JsonRecord } from './json.ts'
import { listOf, recordOf, textOf } from './json.ts'
import { addressesIn, compared, comparedAddresses, membersOf, namesIn, numbersIn } from './nft-value.ts'
import type { NftSets } from './nft-value.ts'
import { nftText } from './nft-text.ts'

/** One comparison as matches that must all hold. What is not modelled is `unknown` with its text. */
export function matchesOf(match: JsonRecord, sets: NftSets): readonly PacketMatch[] {
  const left = recordOf(match['left'])
  const op = textOf(match['op']) ?? '=='
  const unknown: PacketMatch = { on: 'unknown', text: nftText({ match }) }
  if (left === null) return [unknown]
  const members = membersOf(match['right'], sets)
  return members === null ? [unknown] : (comparison(left, op, members) ?? [unknown])
}

/** `left` holds one of `members`, or by another `op`. Null: not modelled. */
export function comparison(
  left: JsonRecord,
  op: string,
  members: readonly Json[],
): readonly PacketMatch[] | null {
  const parts = left['concat']
  if (parts !== undefined) return op === '==' ? tuples(listOf(parts), members) : null
  const payload = recordOf(left['payload'])
  if (payload !== null) return ofPayload(payload, op, members)
  const meta = recordOf(left['meta'])
  if (meta !== null) return ofMeta(textOf(meta['key']) ?? '', op, members)
  const ct = recordOf(left['ct'])
  if (ct !== null) return ofTracking(ct, op, members)
  const fib = recordOf(left['fib'])
  if (fib !== null) return ofFib(fib, op, members)
  return ofMasked(listOf(left['&']), op, members)
}

/** Tuples that differ in one address alone are one conjunction: sets of 100,000 tuples are made so. */
function tuples(parts: readonly Json[], members: readonly Json[]): readonly PacketMatch[] | null {
  const fields = parts.map(recordOf)
  const groups = new Map<string, { readonly values: readonly Json[]; readonly first: Json[] }>()
  for (const member of members) {
    const values = listOf(recordOf(member)?.['concat'])
    if (values.length !== fields.length) return null
    const [first, ...rest] = values
    const key = JSON.stringify(rest)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { values: rest, first: [first!] })
    else known.first.push(first!)
  }
  const alternatives: PacketMatch[][] = []
  for (const { first, values } of groups.values()) {
    const all = [first, ...values.map((value) => [value])].map((wanted, i) => {
      const field = fields[i]
      return field == null ? null : comparison(field, '==', wanted)
    })
    if (all.some((matches) => matches === null)) return null
    alternatives.push(all.flatMap((matches) => matches ?? []))
  }
  return [{ on: 'any', of: alternatives }]
}

function ofPayload(payload: JsonRecord, op: string, members: readonly Json[]): readonly PacketMatch[] | null {
  const [protocol, field] = [textOf(payload['protocol']) ?? '', textOf(payload['field']) ?? '']
  const family = protocol === 'ip' ? 'ipv4' : protocol === 'ip6' ? 'ipv6' : null
  if (family !== null && (field === 'saddr' || field === 'daddr')) {
    const set = addressesIn(members)
    const wanted = set === null ? null : comparedAddresses(op, set, family)
    const on = field === 'saddr' ? 'source' : 'destination'
    return wanted === null
      ? null
      : [
          { on: 'family', is: family },
          { on, in: wanted },
        ]
  }
  if (family !== null && (field === 'protocol' || field === 'nexthdr')) {
    const transport = ofTransports(op, members)
    return transport === null ? null : [{ on: 'family', is: family }, ...transport]
  }
  // The kernel checks the protocol before it reads a field of it, so that no port's packet gets here.
  if (OTHER_PROTOCOLS.has(protocol)) return [NEVER]
  const transports = TRANSPORTS.filter((transport) => protocol === 'th' || transport === protocol)
  if (transports.length === 0) return null
  const of: PacketMatch = { on: 'transport', in: transports }
  if (field === 'dport' || field === 'sport') {
    const numbers = numbersIn(members)
    const ports = numbers === null ? null : compared(op, numbers, EVERY_PORT_NUMBER)
    return ports === null ? null : [of, { on: field === 'dport' ? 'port' : 'source-port', in: ports }]
  }
  if (protocol === 'tcp' && field === 'flags') return flags(op, members, null)
  return [of, { on: 'unknown', text: `${protocol} ${field}` }]
}

const OTHER_PROTOCOLS = new Set([
  'icmp',
  'icmpv6',
  'igmp',
  'esp',
  'ah',
  'comp',
  'udplite',
  'dccp',
  'arp',
  'gre',
])

function ofTransports(op: string, members: readonly Json[]): readonly PacketMatch[] | null {
  const named = transportsNamed(members.map(String))
  if (op === '==' || op === 'in') return [{ on: 'transport', in: named }]
  return op === '!='
    ? [{ on: 'transport', in: TRANSPORTS.filter((transport) => !named.includes(transport)) }]
    : null
}

function ofMeta(key: string, op: string, members: readonly Json[]): readonly PacketMatch[] | null {
  if (key === 'l4proto') return ofTransports(op, members)
  if (key === 'nfproto' || key === 'protocol') return ofFamily(op, members)
  if (key === 'mark') return ofMark(op, members, 0xffffffff)
  const on = key === 'iif' || key === 'iifname' ? 'in' : key === 'oif' || key === 'oifname' ? 'out' : null
  const names = namesIn(members)
  if (on === null || names === null || !['==', '!=', 'in'].includes(op)) return null
  return [{ on, names, not: op === '!=' }]
}

function ofFamily(op: string, members: readonly Json[]): readonly PacketMatch[] | null {
  const named = new Set(members.map(String))
  if (op !== '==' && op !== '!=') return null
  const has = { ipv4: named.has('ipv4') || named.has('ip'), ipv6: named.has('ipv6') || named.has('ip6') }
  const wanted = (['ipv4', 'ipv6'] as const).filter((family) => has[family] === (op === '=='))
  const [only] = wanted
  return wanted.length === 2 ? [] : only === undefined ? [NEVER] : [{ on: 'family', is: only }]
}

function ofMark(op: string, members: readonly Json[], mask: number): readonly PacketMatch[] | null {
  const [value] = members
  if (members.length !== 1 || typeof value !== 'number' || (op !== '==' && op !== '!=')) return null
  return [{ on: 'mark', value, mask, not: op === '!=' }]
}

/** `related` and `invalid` are of no packet of a connection to a port. */
export function statesAmong(states: readonly string[], not: boolean): PacketMatch {
  const all: readonly TrackedState[] = ['new', 'established', 'untracked']
  return { on: 'state', in: all.filter((state) => states.includes(state) !== not) }
}

/** What has no connection has no original destination either. */
export const TRACKED: PacketMatch = { on: 'state', in: ['new', 'established'] }

function ofTracking(ct: JsonRecord, op: string, members: readonly Json[]): readonly PacketMatch[] | null {
  const key = textOf(ct['key']) ?? ''
  const names = members.map(String)
  if (key === 'state')
    return op === '==' || op === 'in' || op === '!=' ? [statesAmong(names, op === '!=')] : null
  if (key === 'status' && names.length === 1 && names[0] === 'dnat' && (op === 'in' || op === '!='))
    return [{ on: 'translated', is: op === 'in' }]
  if (key === 'direction' && op === '==')
    return [{ on: 'original-direction', is: names.includes('original') }]
  if (ct['dir'] !== 'original') return null
  if (key === 'proto-dst') {
    const numbers = numbersIn(members)
    const ports = numbers === null ? null : compared(op, numbers, EVERY_PORT_NUMBER)
    return ports === null ? null : [TRACKED, { on: 'original-port', in: ports }]
  }
  const family = key === 'ip daddr' ? 'ipv4' : key === 'ip6 daddr' ? 'ipv6' : null
  const set = family === null ? null : addressesIn(members)
  const wanted = set === null || family === null ? null : comparedAddresses(op, set, family)
  return wanted === null || family === null
    ? null
    : [TRACKED, { on: 'family', is: family }, { on: 'original-destination', in: wanted }]
}

function ofFib(fib: JsonRecord, op: string, members: readonly Json[]): readonly PacketMatch[] | null {
  const flagged = listOf(fib['flags']).map(String)
  const side = flagged.includes('daddr') ? 'destination-local' : 'source-local'
  if (fib['result'] !== 'type' || flagged.length !== 1) return null
  return addressTypes(side, members.map(String), op === '!=')
}

/** Types of addresses (rtnetlink(7) rtm_type); a port's packet goes to one host, so never to these two. */
export function addressTypes(
  on: 'source-local' | 'destination-local',
  types: readonly string[],
  not: boolean,
): readonly PacketMatch[] | null {
  const named = types.map((type) => type.toLowerCase())
  if (named.length === 1 && named[0] === 'local') return [{ on, is: !not }]
  if (named.every((type) => type === 'broadcast' || type === 'multicast')) return not ? [] : [NEVER]
  return null
}

function ofMasked(
  parts: readonly Json[],
  op: string,
  members: readonly Json[],
): readonly PacketMatch[] | null {
  const [left, mask] = parts
  const inner = recordOf(left)
  const payload = recordOf(inner?.['payload'])
  if (recordOf(inner?.['meta'])?.['key'] === 'mark' && typeof mask === 'number')
    return ofMark(op, members, mask)
  if (payload?.['protocol'] !== 'tcp' || payload['field'] !== 'flags') return null
  return flags(op, members, (Array.isArray(mask) ? listOf(mask) : [mask ?? null]).map(String))
}

/** The first packet of a TCP connection has SYN and none of the others; ECN's two bits are the sender's choice. */
function flags(
  op: string,
  members: readonly Json[],
  mask: readonly string[] | null,
): readonly PacketMatch[] | null {
  const wanted = members.flatMap((member) =>
    listOf(recordOf(member)?.['|'] ?? null)
      .map(String)
      .concat(typeof member === 'string' ? [member] : []),
  )
  const tcp: PacketMatch = { on: 'transport', in: ['tcp'] satisfies Transport[] }
  const seen = mask ?? [...TCP_FLAGS]
  if (![...wanted, ...(mask ?? [])].every((flag) => TCP_FLAGS.has(flag))) return null
  const syn = seen.includes('syn')
  if (op === 'in' && mask === null) return [tcp, { on: 'first-segment', is: wanted.includes('syn') }]
  const equal = wanted.every((flag) => flag === 'syn') && wanted.includes('syn') === syn
  if (op === '==' && mask !== null) return [tcp, { on: 'first-segment', is: equal }]
  return op === '!=' && mask !== null ? [tcp, { on: 'first-segment', is: !equal }] : null
}
