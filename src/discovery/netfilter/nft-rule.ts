import { EVERY_ADDRESS } from '../../lib/address-set.ts'
import type { FilterRule, FilterTable, FilterVerdict, PacketMatch } from '../../model/packet-filter.ts'
import type { Json, JsonRecord } from './json.ts'
import { listOf, recordOf, textOf } from './json.ts'
import { comparison, matchesOf } from './nft-match.ts'
import { nftText } from './nft-text.ts'
import { addressesIn, numbersIn, pairsOf } from './nft-value.ts'
import type { NftSets } from './nft-value.ts'

export interface NftContext {
  readonly sets: NftSets
  readonly source: string
  readonly comment: string | null
  readonly family: FilterTable['family']
}

/**
 * One rule of nft as rules with one verdict each, in order: a verdict map becomes a rule for each verdict, since its
 * keys exclude each other; a statement with an effect and no verdict stands for itself.
 */
export function rulesOf(statements: readonly Json[], context: NftContext): FilterRule[] {
  const matches: PacketMatch[] = []
  const rules: FilterRule[] = []
  const shown = statements
    .map(nftText)
    .filter((part) => part !== '')
    .join(' ')
  const text = context.comment === null ? shown : `${shown} comment "${context.comment}"`
  const add = (verdict: FilterVerdict, more: readonly PacketMatch[] = []) =>
    rules.push({ matches: [...matches, ...more], verdict, text, source: context.source })
  for (const statement of statements) {
    const record = recordOf(statement)
    const [[word, value] = ['', null]] = Object.entries(record ?? {})
    const inner = recordOf(value)
    if (word === 'match' && inner !== null) matches.push(...matchesOf(inner, context.sets))
    else if (word === 'vmap' && inner !== null) verdictMap(inner, context, add)
    else if (PASSING.has(word)) continue
    else if (CHOOSING.has(word) || (word === 'xt' && inner?.['type'] === 'match'))
      matches.push({ on: 'unknown', text: nftText(statement) })
    else if (word === 'set' || word === 'map') {
      // An element that is added with a limit beside it goes on only within that limit.
      if (listOf(inner?.['stmt']).length > 0) matches.push({ on: 'unknown', text: nftText(statement) })
    } else if (word === 'mangle') {
      if (recordOf(recordOf(inner?.['key'])?.['meta'])?.['key'] === 'mark') add({ do: 'mark' })
      else if (recordOf(recordOf(inner?.['key'])?.['payload']) !== null)
        add({ do: 'unknown', text: nftText(statement) })
    } else if (word === 'dnat' || word === 'redirect') translation(word, inner ?? {}, context, add)
    else add(verdictOf(word, inner, statement))
  }
  return rules
}

type Add = (verdict: FilterVerdict, more?: readonly PacketMatch[]) => void

const PASSING = new Set([
  'counter',
  'log',
  'comment',
  'last',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'secmark',
  '',
])
const CHOOSING = new Set(['limit', 'quota', 'connlimit', 'ct count', 'meter'])

function verdictOf(word: string, inner: JsonRecord | null, statement: Json): FilterVerdict {
  if (word === 'accept' || word === 'drop' || word === 'reject' || word === 'return' || word === 'notrack')
    return { do: word }
  if (word === 'continue') return { do: 'next' }
  const chain = textOf(inner?.['target'])
  if ((word === 'jump' || word === 'goto') && chain !== null) return { do: word, chain }
  if (word === 'masquerade') return { do: 'masquerade', by: null }
  if (word === 'snat') {
    // By a map it may be any.
    const by = inner?.['addr'] === undefined ? null : (addressesIn([inner['addr']]) ?? EVERY_ADDRESS)
    return { do: 'masquerade', by }
  }
  if (word === 'xt') {
    const name = textOf(inner?.['name']) ?? ''
    if (name === 'REJECT') return { do: 'reject' }
    if (name === 'MASQUERADE') return { do: 'masquerade', by: null }
    if (name === 'MARK') return { do: 'mark' }
    if (['LOG', 'NFLOG', 'TCPMSS', 'CHECKSUM', 'CLASSIFY'].includes(name)) return { do: 'next' }
  }
  return { do: 'unknown', text: nftText(statement) }
}

function verdictMap(map: JsonRecord, context: NftContext, add: Add): void {
  const key = recordOf(map['key'])
  const pairs = pairsOf(map['data'], context.sets)
  const text = nftText({ vmap: map })
  if (key === null || pairs === null) return add({ do: 'unknown', text })
  const groups = Map.groupBy(pairs, ([, verdict]) => JSON.stringify(verdict))
  for (const group of groups.values()) {
    const verdict = recordOf(group[0]?.[1])
    const [[word, value] = ['', null]] = Object.entries(verdict ?? {})
    const members = group.map(([wanted]) => wanted)
    const matches = comparison(key, '==', members) ?? [{ on: 'unknown', text } as const]
    add(verdictOf(word, recordOf(value), verdict), matches)
  }
}

function translation(word: 'dnat' | 'redirect', of: JsonRecord, context: NftContext, add: Add): void {
  const mapped = recordOf(recordOf(of['addr'])?.['map']) ?? recordOf(recordOf(of['port'])?.['map'])
  const text = nftText({ [word]: of })
  const ports = of['port'] === undefined ? null : numbersIn([of['port']])
  if (mapped === null) {
    const to = word === 'redirect' ? 'here' : of['addr'] === undefined ? null : addressesIn([of['addr']])
    const unread = (of['addr'] !== undefined && to === null) || (of['port'] !== undefined && ports === null)
    return add(unread ? { do: 'unknown', text } : { do: 'translate', to, ports })
  }
  const key = recordOf(mapped['key'])
  const pairs = pairsOf(mapped['data'], context.sets)
  if (key === null || pairs === null) return add({ do: 'unknown', text })
  for (const [wanted, value] of pairs) {
    const matches = comparison(key, '==', [wanted]) ?? [{ on: 'unknown', text } as const]
    const [address, port] =
      recordOf(value)?.['concat'] === undefined ? [value] : listOf(recordOf(value)?.['concat'])
    const onPort = of['addr'] === undefined
    const to = onPort ? (word === 'redirect' ? ('here' as const) : null) : addressesIn([address ?? null])
    const toPorts = onPort ? numbersIn([value]) : port === undefined ? ports : numbersIn([port])
    const unread = (!onPort && to === null) || (onPort && toPorts === null)
    add(unread ? { do: 'unknown', text } : { do: 'translate', to, ports: toPorts }, matches)
  }
}
