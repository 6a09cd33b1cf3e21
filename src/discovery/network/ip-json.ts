import { parseAddress, parseCidr } from '../../lib/ip.ts'
import type { Cidr, IpAddress } from '../../lib/ip.ts'
import type { InterfaceAddress, NetworkInterface, Route } from '../../model/host-network.ts'
import { listOf, readJson, recordOf, textOf } from '../netfilter/json.ts'
import type { Json, JsonRecord } from '../netfilter/json.ts'

/** What `ip -d -j addr` prints (ip-address(8)). Refusal `source-invalid` where it is no JSON. */
export function readInterfaces(file: string, text: string): NetworkInterface[] {
  return records(readJson(file, text, 'ip -d -j addr')).flatMap((link) => interfaceOf(link) ?? [])
}

/** What `ip -j route show table all` prints, both families. Refusal `source-invalid` where it is no JSON. */
export function readRoutes(file: string, text: string): Route[] {
  return records(readJson(file, text, 'ip -j route show table all')).flatMap(routesOf)
}

/** True where `ip -j rule` names more than the three tables that every kernel looks into. */
export function readPolicyRouting(file: string, text: string): boolean {
  return records(readJson(file, text, 'ip -j rule')).some(
    (rule) =>
      rule['src'] !== 'all' ||
      !ORDINARY.has(textOf(rule['table']) ?? '') ||
      Object.keys(rule).some((key) => !PLAIN.has(key)),
  )
}

const ORDINARY = new Set(['local', 'main', 'default'])
const PLAIN = new Set(['priority', 'src', 'table', 'family', 'protocol'])

function records(value: Json): JsonRecord[] {
  return listOf(value)
    .map(recordOf)
    .filter((record) => record !== null && Object.keys(record).length > 0) as JsonRecord[]
}

function interfaceOf(link: JsonRecord): NetworkInterface | null {
  const name = textOf(link['ifname'])
  if (name === null) return null
  const flags = listOf(link['flags'])
  return {
    name,
    index: Number(link['ifindex'] ?? 0),
    up: flags.includes('UP'),
    loopback: flags.includes('LOOPBACK'),
    kind: textOf(recordOf(link['linkinfo'])?.['info_kind']),
    master: textOf(link['master']),
    peerIndex: typeof link['link_index'] === 'number' ? link['link_index'] : null,
    peerElsewhere: link['link_netnsid'] !== undefined,
    program: link['xdp'] !== undefined,
    addresses: listOf(link['addr_info']).flatMap((item) => addressOf(recordOf(item)) ?? []),
  }
}

function addressOf(item: JsonRecord | null): InterfaceAddress | null {
  const address = parseAddress(textOf(item?.['local']) ?? '')
  // On a point-to-point link the other end is what is reached, not a subnet around our own address.
  const far = parseAddress(textOf(item?.['address']) ?? '') ?? address
  if (item === null || address === null || far === null) return null
  const subnet = parseCidr(`${textOf(item['address']) ?? textOf(item['local'])}/${Number(item['prefixlen'])}`)
  const scope = item['scope'] === 'host' || item['scope'] === 'link' ? item['scope'] : 'global'
  return subnet === null ? null : { address, subnet, scope }
}

function routesOf(item: JsonRecord): Route[] {
  const via = recordOf(item['via'])
  const gateway = parseAddress(textOf(item['gateway']) ?? textOf(via?.['host']) ?? '')
  const hops = listOf(item['nexthops']).flatMap((hop) => recordOf(hop) ?? [])
  const to = destinationOf(
    textOf(item['dst']) ?? '',
    item,
    gateway ?? parseAddress(textOf((hops[0] as JsonRecord | undefined)?.['gateway']) ?? ''),
  )
  if (to === null) return []
  const type = textOf(item['type']) ?? 'unicast'
  const kind: Route['kind'] =
    type === 'unicast' || type === 'local' ? type : BLOCKING.has(type) ? 'blocked' : 'other'
  const base = {
    to,
    kind,
    metric: Number(item['metric'] ?? 0),
    table: textOf(item['table']) ?? 'main',
  }
  if (hops.length === 0) return [{ ...base, device: textOf(item['dev']), gateway }]
  return (hops as JsonRecord[]).map((hop) => ({
    ...base,
    device: textOf(hop['dev']),
    gateway: parseAddress(textOf(hop['gateway']) ?? ''),
  }))
}

const BLOCKING = new Set(['blackhole', 'unreachable', 'prohibit', 'throw'])

function destinationOf(dst: string, item: JsonRecord, gateway: IpAddress | null): Cidr | null {
  if (dst === 'default') {
    // Only IPv6 routes carry a preference (RFC 4191).
    const six = item['pref'] !== undefined || gateway?.family === 'ipv6'
    return { family: six ? 'ipv6' : 'ipv4', base: 0n, bits: 0 }
  }
  const address = parseAddress(dst)
  if (address === null) return parseCidr(dst)
  return { family: address.family, base: address.value, bits: address.family === 'ipv4' ? 32 : 128 }
}
