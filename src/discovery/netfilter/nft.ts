import type {
  ChainBase,
  FilterChain,
  FilterHook,
  FilterRule,
  FilterTable,
} from '../../model/packet-filter.ts'
import { FILTER_HOOKS } from '../../model/packet-filter.ts'
import { Refusal } from '../../model/refusal.ts'
import type { JsonRecord } from './json.ts'
import { listOf, readJson, recordOf, textOf } from './json.ts'
import { rulesOf } from './nft-rule.ts'
import type { NftSets } from './nft-value.ts'

/**
 * What `nft -j list ruleset` prints (libnftables-json(5), schema 1). Bridge and ARP tables are left out: they see no
 * routed packet.
 *
 * Refusal `source-invalid` where the text is no such list.
 */
export function readNftRuleset(file: string, text: string): FilterTable[] {
  const root = recordOf(readJson(file, text, COMMAND))
  if (root === null || !Array.isArray(root['nftables'])) {
    throw new Refusal('source-invalid', `${file} has no list "nftables"`, {
      hint: `record it again with: ${COMMAND}`,
      faults: [{ message: 'no list "nftables"', position: { file, line: 1, column: 1 }, hint: null }],
    })
  }
  const drafts = new Map<string, TableDraft>()
  const items = listOf(root['nftables'])
    .map(recordOf)
    .filter((item) => item !== null)
  for (const item of items) hold(drafts, item)
  for (const item of items) {
    const rule = recordOf(item['rule'])
    if (rule !== null) addRule(drafts, rule, file)
  }
  return [...drafts.values()].filter(({ family }) => FAMILIES.has(family)).map(tableOf)
}

const COMMAND = 'nft -j list ruleset'
const FAMILIES = new Set(['ip', 'ip6', 'inet', 'netdev'])

interface TableDraft {
  readonly family: FilterTable['family']
  readonly name: string
  readonly sets: Map<string, JsonRecord>
  /** Sets that rules add to: what is in them changes with the packets. */
  readonly changing: Set<string>
  readonly chains: Map<string, { base: ChainBase | null; rules: FilterRule[] }>
}

function hold(drafts: Map<string, TableDraft>, item: JsonRecord): void {
  const chain = recordOf(item['chain'])
  if (chain !== null) {
    const name = textOf(chain['name'])
    if (name !== null) draftOf(drafts, chain, 'table').chains.set(name, { base: baseOf(chain), rules: [] })
  }
  const set = recordOf(item['set']) ?? recordOf(item['map'])
  const name = textOf(set?.['name'])
  if (set !== null && name !== null) draftOf(drafts, set, 'table').sets.set(name, set)
  const table = recordOf(item['table'])
  if (table !== null) draftOf(drafts, table, 'name')
  const rule = recordOf(item['rule'])
  if (rule !== null) {
    for (const statement of listOf(rule['expr'])) {
      const into = recordOf(recordOf(statement)?.['set']) ?? recordOf(recordOf(statement)?.['map'])
      const changed = textOf(into?.['set']) ?? textOf(into?.['map'])
      if (changed !== null) draftOf(drafts, rule, 'table').changing.add(changed.replace('@', ''))
    }
  }
}

function draftOf(drafts: Map<string, TableDraft>, item: JsonRecord, key: 'name' | 'table'): TableDraft {
  const family = (textOf(item['family']) ?? 'ip') as FilterTable['family']
  const name = textOf(item[key]) ?? ''
  const id = `${family} ${name}`
  const known = drafts.get(id)
  if (known !== undefined) return known
  const draft: TableDraft = { family, name, sets: new Map(), changing: new Set(), chains: new Map() }
  drafts.set(id, draft)
  return draft
}

function baseOf(chain: JsonRecord): ChainBase | null {
  const hook = FILTER_HOOKS.find((candidate) => candidate === chain['hook'])
  if (hook === undefined) return null
  const type = textOf(chain['type'])
  const device = chain['dev']
  return {
    hook: hook satisfies FilterHook,
    type: type === 'nat' || type === 'route' ? type : 'filter',
    priority: Number(chain['prio'] ?? 0),
    policy: chain['policy'] === 'drop' ? 'drop' : 'accept',
    devices:
      typeof device === 'string'
        ? [device]
        : Array.isArray(device)
          ? device.filter((name) => typeof name === 'string')
          : null,
  }
}

function addRule(drafts: Map<string, TableDraft>, rule: JsonRecord, file: string): void {
  const draft = draftOf(drafts, rule, 'table')
  const name = textOf(rule['chain']) ?? ''
  const source = `${file}: ${draft.family} ${draft.name} ${name}, handle ${Number(rule['handle'] ?? 0)}`
  const sets: NftSets = {
    named: (wanted) => (draft.changing.has(wanted) ? null : (draft.sets.get(wanted) ?? null)),
  }
  const chain = draft.chains.get(name)
  chain?.rules.push(
    ...rulesOf(listOf(rule['expr']), {
      sets,
      source,
      comment: textOf(rule['comment']),
      family: draft.family,
    }),
  )
}

function tableOf({ family, name, chains }: TableDraft): FilterTable {
  const entries = [...chains].map(([chain, { base, rules }]): [string, FilterChain] => [
    chain,
    { name: chain, base, rules },
  ])
  return { family, name, chains: new Map(entries) }
}
