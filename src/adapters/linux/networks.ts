import { readIptablesSave } from '../../discovery/netfilter/iptables-save.ts'
import { readNftRuleset } from '../../discovery/netfilter/nft.ts'
import { joinTables } from '../../discovery/netfilter/tables.ts'
import { readInterfaces, readPolicyRouting, readRoutes } from '../../discovery/network/ip-json.ts'
import { readSettings } from '../../discovery/network/settings.ts'
import type { HostNetwork } from '../../model/host-network.ts'
import type { FilterTable } from '../../model/packet-filter.ts'
import type { Reason, ReasonCode } from '../../model/reach.ts'
import { Refusal } from '../../model/refusal.ts'
import { liveNamespaces } from './namespaces.ts'
import type { LiveNamespace } from './namespaces.ts'
import { privileges } from './privileges.ts'
import { processIds } from './proc.ts'
import { run } from './run.ts'

/** What decides where packets go, in every network namespace of this host that can be entered. */
export async function hostNetworks(): Promise<readonly HostNetwork[]> {
  const waiting = (await liveNamespaces(processIds())).values()
  const read: HostNetwork[] = []
  const worker = async () => {
    for (const namespace of waiting) {
      const network = await networkOf(namespace)
      if (network !== null) read.push(network)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return read.sort((a, b) => (a.net < b.net ? -1 : 1))
}

const AT_ONCE = 2

/**
 * Each part begins with its name and ends with a mark where its program succeeded. What would load a module of the
 * kernel is not run: to look must not change what is looked at.
 */
const SCRIPT = String.raw`
part() { printf '\036%s\n' "$1"; shift; "$@" 2>/dev/null && printf '\n\037'; printf '\n'; }
part addr ip -d -j addr
part route ip -j route show table all
part rule4 ip -j rule
part rule6 ip -6 -j rule
part settings sh -c 'grep -H "" /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv4/conf/*/route_localnet \
  /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/bridge/bridge-nf-call-ip*tables 2>/dev/null; true'
part nft nft -j list ruleset
part save4 iptables-save
part save6 ip6tables-save
for family in ip ip6; do
  part ${'$'}family-legacy sh -c 'if [ -n "$(cat /proc/net/'${'$'}family'_tables_names 2>/dev/null)" ]; then '${'$'}family'tables-legacy-save; fi'
done`

async function networkOf({ label, own, doors }: LiveNamespace): Promise<HostNetwork | null> {
  const parts = await partsOf(own, doors)
  if (parts === null) return null
  const reasons: Reason[] = []
  const missing = (code: ReasonCode, what: string) =>
    reasons.push({ code, text: `${what} of ${label} could not be read (${privileges()})` })
  const of = <T>(name: string, read: (text: string) => T): T | null => {
    const text = parts.get(name)
    if (text === undefined) return null
    try {
      return read(text)
    } catch (error) {
      if (error instanceof Refusal) return null
      throw error
    }
  }
  const interfaces = of('addr', (text) => readInterfaces('ip addr', text))
  if (interfaces === null) return null
  const routes = of('route', (text) => readRoutes('ip route', text))
  if (routes === null) missing('routes-unread', 'routes')
  const rules = [of('rule4', ruled), of('rule6', ruled)]
  const policyRouting = rules.includes(true) ? true : rules.includes(null) ? null : false
  if (policyRouting !== false) missing('routes-unread', 'rules for routes beside the destination')
  const tables = tablesOf(of)
  if (tables === null) missing('firewall-unread', 'packet filters')
  return {
    net: label,
    interfaces,
    routes,
    settings: readSettings(parts.get('settings') ?? '', policyRouting),
    tables,
    reasons,
  }
}

function ruled(text: string): boolean {
  return readPolicyRouting('ip rule', text)
}

/** Null where nft cannot be asked, or tables of the old kind are there and unreadable. */
function tablesOf(
  of: <T>(name: string, read: (text: string) => T) => T | null,
): readonly FilterTable[] | null {
  const nft = of('nft', (text) => readNftRuleset('nft', text))
  const saves = (['ip', 'ip6'] as const).flatMap((family) => {
    const name = family === 'ip' ? 'iptables-save' : 'ip6tables-save'
    const save = of(family === 'ip' ? 'save4' : 'save6', (text) => readIptablesSave(name, text, family))
    return save === null ? [] : [save]
  })
  const legacy = (['ip', 'ip6'] as const).map((family) =>
    of(`${family}-legacy`, (text) => readIptablesSave(`${family}tables-legacy-save`, text, family)),
  )
  if (nft === null || legacy.includes(null)) return null
  // Where iptables-save itself is the old one, it says what its -legacy- namesake says.
  const old = saves.some(({ backend }) => backend === 'legacy') ? [] : legacy.filter((save) => save !== null)
  return joinTables(nft, [...saves, ...old])
}

async function partsOf(own: boolean, doors: readonly string[]): Promise<ReadonlyMap<string, string> | null> {
  if (own) {
    const text = await run('/bin/sh', ['-c', SCRIPT])
    return text === null ? null : split(text)
  }
  for (const door of doors) {
    const text = await run('nsenter', [`--net=${door}`, '--', '/bin/sh', '-c', SCRIPT])
    if (text !== null) return split(text)
  }
  return null
}

function split(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>()
  for (const part of text.split('\u001E').slice(1)) {
    const [body, mark] = part.split('\u001F')
    const end = part.indexOf('\n')
    if (mark !== undefined && body !== undefined) parts.set(part.slice(0, end), body.slice(end + 1).trim())
  }
  return parts
}
