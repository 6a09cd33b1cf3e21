import * as fc from 'fast-check'

import { ADDRESSES } from './lab.ts'

/** Rule sets of a host as nft and iptables write them, made at random. */
export interface RuleSet {
  readonly nft: string
  readonly iptables: Readonly<Record<'ip' | 'ip6', string>> | null
  readonly legacy: boolean
}

type Family = 'ip' | 'ip6'
interface Ask {
  readonly from: 'left' | 'right' | 'container' | 'host' | 'links' | null
  readonly not: boolean
  readonly by: readonly [side: 'in' | 'out', name: string, not: boolean] | null
  readonly port: readonly [transport: 'tcp' | 'udp', ports: string, not: boolean] | null
  readonly more: string | null
}

const verdict = fc.constantFrom(
  'accept',
  'accept',
  'drop',
  'drop',
  'reject',
  'jump',
  'goto',
  'return',
  'log',
  'mark',
)

const ask = (forwarded: boolean): fc.Arbitrary<Ask> =>
  fc.record({
    from: fc.option(
      fc.constantFrom(
        'left' as const,
        'right' as const,
        'container' as const,
        'host' as const,
        'links' as const,
      ),
    ),
    not: fc.boolean(),
    by: fc.option(
      fc.tuple(
        fc.constantFrom('in' as const, ...(forwarded ? ['out' as const] : [])),
        fc.constantFrom('la', 'lb', 'br0', 'lo', 'l*'),
        fc.boolean(),
      ),
    ),
    port: fc.option(
      fc.tuple(
        fc.constantFrom('tcp' as const, 'udp' as const),
        fc.constantFrom('7001', '7002', '8001', '7001-7002', '7002,8001', '1-8000'),
        fc.boolean(),
      ),
    ),
    more: fc.option(
      fc.constantFrom(
        'new',
        'not-new',
        'dnat',
        'not-dnat',
        'original',
        'local',
        'not-local',
        'limit',
        'syn',
        'mark',
        'source-local',
      ),
      { freq: 2 },
    ),
  })

const filterRule = (forwarded: boolean) => fc.tuple(ask(forwarded), verdict)
const natRule = fc.tuple(
  ask(false),
  fc.constantFrom(
    'container',
    'container',
    'container-range',
    'loopback',
    'self',
    'redirect',
    'redirect-same',
    'return',
    'accept',
  ),
  fc.constantFrom('8001', '8002', '7001', '8001-8002'),
)
const sourceRule = fc.tuple(ask(true), fc.constantFrom('masquerade', 'masquerade', 'accept', 'return'))

const filterChain = (forwarded: boolean) =>
  fc.record({
    policy: fc.constantFrom('accept', 'accept', 'drop'),
    established: fc.constantFrom(true, true, true, false),
    rules: fc.array(filterRule(forwarded), { maxLength: 4 }),
  })
const chains = fc.record({
  raw: fc.array(filterRule(false), { maxLength: 2 }),
  input: filterChain(false),
  forward: filterChain(true),
  output: filterChain(false),
  sub: fc.array(filterRule(true), { maxLength: 3 }),
  dst: fc.array(natRule, { maxLength: 3 }),
  out: fc.array(natRule, { maxLength: 2 }),
  src: fc.array(sourceRule, { maxLength: 2 }),
})
type Chains = typeof chains extends fc.Arbitrary<infer T> ? T : never

export const ruleSets: fc.Arbitrary<RuleSet> = fc
  .record({
    nft: fc.option(chains, { freq: 3 }),
    iptables: fc.option(chains, { freq: 2 }),
    legacy: fc.boolean(),
    priority: fc.constantFrom(-5, 0, 10),
  })
  .map(({ nft, iptables, legacy, priority }) => ({
    nft: nft === null ? '' : nftText(nft, priority),
    iptables:
      iptables === null ? null : { ip: iptablesText(iptables, 'ip'), ip6: iptablesText(iptables, 'ip6') },
    legacy,
  }))

function nftText(all: Chains, priority: number): string {
  const filter = (name: string, hook: string, { policy, established, rules }: Chains['input']) => [
    `chain ${name} { type filter hook ${hook} priority ${priority}; policy ${policy};`,
    ...(established ? ['ct state established,related accept'] : []),
    ...rules.flatMap(([asked, word]) => nftRules(asked, word)),
    '}',
  ]
  return [
    'table inet t {',
    'set links { type ipv4_addr; flags interval; elements = { 10.81.1.0/24, 10.81.2.1-10.81.2.9 }',
    '}',
    'chain sub {',
    ...all.sub.flatMap(([asked, word]) =>
      nftRules(asked, word === 'jump' || word === 'goto' ? 'drop' : word),
    ),
    '}',
    'chain raw { type filter hook prerouting priority -300; policy accept;',
    ...all.raw
      .filter(([asked]) => !TRACKED.has(asked.more ?? ''))
      .flatMap(([asked, word]) => nftRules(asked, word)),
    '}',
    ...filter('input', 'input', all.input),
    ...filter('forward', 'forward', all.forward),
    ...filter('output', 'output', all.output),
    'chain pre { type nat hook prerouting priority -100; policy accept;',
    ...all.dst.flatMap((rule) => nftNat(rule)),
    '}',
    'chain outn { type nat hook output priority -100; policy accept;',
    ...all.out.flatMap((rule) => nftNat(rule)),
    '}',
    'chain post { type nat hook postrouting priority 100; policy accept;',
    ...all.src.flatMap(([asked, word]) => nftAsk(asked).map((text) => `${text} ${word}`)),
    '}',
    '}',
  ].join('\n')
}

const TRACKED = new Set(['new', 'not-new', 'dnat', 'not-dnat', 'original'])

function nftRules(asked: Ask, word: string): string[] {
  const verdicts: Record<string, string> = {
    jump: 'jump sub',
    goto: 'goto sub',
    log: 'counter',
    mark: 'meta mark set 0x7',
  }
  return nftAsk(asked).map((text) => `${text} ${verdicts[word] ?? word}`)
}

/** One text for each family that it asks of; a rule without an address is one for both. */
function nftAsk({ from, not, by, port, more }: Ask): string[] {
  const rest = [
    by === null
      ? ''
      : `${by[0]}ifname`.replace('inif', 'iif').replace('outif', 'oif') + `${by[2] ? ' !=' : ''} "${by[1]}"`,
    port === null
      ? ''
      : `${port[0]} dport${port[2] ? ' !=' : ''} ${port[1].includes(',') ? `{ ${port[1]} }` : port[1]}`,
    nftMore(more, port?.[0] ?? null),
  ].join(' ')
  if (from === null) return [rest]
  if (from === 'links') return [`ip saddr${not ? ' !=' : ''} @links ${rest}`]
  const { ipv4, ipv6 } = from === 'host' ? ADDRESSES.host.la : ADDRESSES[from]
  return [`ip saddr${not ? ' !=' : ''} ${ipv4} ${rest}`, `ip6 saddr${not ? ' !=' : ''} ${ipv6} ${rest}`]
}

function nftMore(more: string | null, transport: string | null): string {
  const original = transport === null ? 'meta l4proto tcp ' : ''
  const texts: Record<string, string> = {
    new: 'ct state new',
    'not-new': 'ct state != new',
    dnat: 'ct status dnat',
    'not-dnat': 'ct status != dnat',
    original: `${original}ct original proto-dst 8001`,
    local: 'fib daddr type local',
    'not-local': 'fib daddr type != local',
    'source-local': 'fib saddr type local',
    limit: 'limit rate 1/second',
    syn: 'tcp flags & (fin | syn | rst | ack) == syn',
    mark: 'meta mark 0x7',
  }
  // Not both of them can be asked in one rule.
  return more === 'syn' && transport === 'udp' ? '' : (texts[more ?? ''] ?? '')
}

function nftNat([asked, word, port]: Chains['dst'][number]): string[] {
  const of = (texts: Record<'ip' | 'ip6', string>) =>
    (['ip', 'ip6'] as const).flatMap((family) =>
      nftAsk({ ...asked, port: ['tcp', port, false] })
        .filter((text) => !text.includes(family === 'ip' ? 'ip6 saddr' : 'ip saddr'))
        .map((text) => `meta nfproto ${family === 'ip' ? 'ipv4' : 'ipv6'} ${text} ${texts[family]}`),
    )
  const { container, host } = ADDRESSES
  switch (word) {
    case 'container':
      return of({ ip: `dnat ip to ${container.ipv4}:7001`, ip6: `dnat ip6 to [${container.ipv6}]:7001` })
    case 'container-range':
      return of({
        ip: `dnat ip to ${container.ipv4}:7001-7002`,
        ip6: `dnat ip6 to [${container.ipv6}]:7001-7002`,
      })
    case 'loopback':
      return of({ ip: 'dnat ip to 127.0.0.1:7002', ip6: 'dnat ip6 to [::1]:7002' })
    case 'self':
      return of({ ip: `dnat ip to ${host.lb.ipv4}:7001`, ip6: `dnat ip6 to [${host.lb.ipv6}]:7001` })
    case 'redirect':
      return nftAsk({ ...asked, port: ['tcp', port, false] }).map((text) => `${text} redirect to :7002`)
    case 'redirect-same':
      return nftAsk(asked).map((text) => `${asked.port === null ? 'meta l4proto tcp ' : ''}${text} redirect`)
    default:
      return nftAsk(asked).map((text) => `${text} ${word}`)
  }
}

function iptablesText(all: Chains, family: Family): string {
  const filter = (name: string, { established, rules }: Chains['input']) => [
    ...(established ? [`-A ${name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`] : []),
    ...rules.flatMap(([asked, word]) => iptablesRule(name, asked, word, family)),
  ]
  const policy = (chain: Chains['input']) => chain.policy.toUpperCase()
  return [
    '*raw',
    ':PREROUTING ACCEPT',
    ...all.raw
      .filter(
        ([asked, word]) =>
          !TRACKED.has(asked.more ?? '') && !['jump', 'goto', 'reject', 'mark'].includes(word),
      )
      .flatMap(([asked, word]) => iptablesRule('PREROUTING', asked, word, family)),
    'COMMIT',
    '*nat',
    ':PREROUTING ACCEPT',
    ':OUTPUT ACCEPT',
    ':POSTROUTING ACCEPT',
    ...all.dst.flatMap((rule) => iptablesNat('PREROUTING', rule, family)),
    ...all.out.flatMap((rule) => iptablesNat('OUTPUT', rule, family)),
    ...all.src.flatMap(([asked, word]) => iptablesRule('POSTROUTING', asked, word, family)),
    'COMMIT',
    '*filter',
    `:INPUT ${policy(all.input)}`,
    `:FORWARD ${policy(all.forward)}`,
    `:OUTPUT ${policy(all.output)}`,
    ':sub -',
    ...filter('INPUT', all.input),
    ...filter('FORWARD', all.forward),
    ...filter('OUTPUT', all.output),
    ...all.sub.flatMap(([asked, word]) =>
      iptablesRule('sub', { ...asked, by: null }, word === 'jump' || word === 'goto' ? 'drop' : word, family),
    ),
    'COMMIT',
    '',
  ].join('\n')
}

function iptablesRule(chain: string, asked: Ask, word: string, family: Family): string[] {
  const targets: Record<string, string> = { jump: '-j sub', goto: '-g sub', log: '', mark: '-j RETURN' }
  const text = iptablesAsk(chain, asked, family)
  return text === null ? [] : [`-A ${chain} ${text} ${targets[word] ?? `-j ${word.toUpperCase()}`}`]
}

function iptablesAsk(chain: string, { from, not, by, port, more }: Ask, family: Family): string | null {
  if (from === 'links' && family === 'ip6') return null
  const { ipv4, ipv6 } =
    from === null || from === 'links' || from === 'host' ? ADDRESSES.host.la : ADDRESSES[from]
  const source = from === 'links' ? '10.81.1.0/24' : family === 'ip' ? ipv4 : ipv6
  const side = by === null ? null : by[0] === 'in' ? '-i' : '-o'
  const possible =
    !(side === '-i' && ['OUTPUT', 'POSTROUTING'].includes(chain)) &&
    !(side === '-o' && ['INPUT', 'PREROUTING'].includes(chain))
  const ports = port?.[1].replace('-', ':') ?? ''
  return [
    from === null ? '' : `${not ? '! ' : ''}-s ${source}`,
    by === null || !possible ? '' : `${by[2] ? '! ' : ''}${side} ${by[1].replace('*', '+')}`,
    port === null
      ? more === 'syn' || more === 'original'
        ? '-p tcp'
        : ''
      : ports.includes(',')
        ? `-p ${port[0]} -m multiport ${port[2] ? '! ' : ''}--dports ${ports}`
        : `-p ${port[0]} -m ${port[0]} ${port[2] ? '! ' : ''}--dport ${ports}`,
    iptablesMore(more, port?.[0] ?? null),
  ].join(' ')
}

function iptablesMore(more: string | null, transport: string | null): string {
  const texts: Record<string, string> = {
    new: '-m conntrack --ctstate NEW',
    'not-new': '-m conntrack ! --ctstate NEW',
    dnat: '-m conntrack --ctstate DNAT',
    'not-dnat': '-m conntrack ! --ctstate DNAT',
    original: '-m conntrack --ctorigdstport 8001',
    local: '-m addrtype --dst-type LOCAL',
    'not-local': '-m addrtype ! --dst-type LOCAL',
    'source-local': '-m addrtype --src-type LOCAL',
    limit: '-m limit --limit 1/sec',
    syn: transport === 'udp' ? '' : '-m tcp --tcp-flags FIN,SYN,RST,ACK SYN',
    mark: '-m mark --mark 0x7',
  }
  return texts[more ?? ''] ?? ''
}

function iptablesNat(chain: string, [asked, word, port]: Chains['dst'][number], family: Family): string[] {
  const text = iptablesAsk(chain, { ...asked, port: ['tcp', port, false] }, family)
  if (text === null) return []
  const { container, host } = ADDRESSES
  const of = (address: { ipv4: string; ipv6: string }, ports: string) =>
    `-j DNAT --to-destination ${family === 'ip' ? address.ipv4 : `[${address.ipv6}]`}:${ports}`
  const targets: Record<string, string> = {
    container: of(container, '7001'),
    'container-range': of(container, '7001-7002'),
    loopback: of({ ipv4: '127.0.0.1', ipv6: '::1' }, '7002'),
    self: of(host.lb, '7001'),
    redirect: '-j REDIRECT --to-ports 7002',
    'redirect-same': '-j REDIRECT',
    return: '-j RETURN',
    accept: '-j ACCEPT',
  }
  return [`-A ${chain} ${text} ${targets[word]}`]
}
