import type { Output } from '../api/operations.ts'
import type { Overview } from '../api/views.ts'
import { openLeaf } from '../ledger/leaf.ts'
import { summarise as summariseEntry } from '../ledger/summary.ts'
import type { EntryType } from '../model/entry.ts'
import { ruleTitle } from '../registry/rule-title.ts'
import { placesCovered, summarise } from './coverage.ts'
import type { Environment, StoreReads } from './environment.ts'

const COUNT_LIMIT = 1_000_000
const CHANGES = 12
const CHANGE_KIND = {
  declaration: 'declared',
  tombstone: 'withdrawn',
  sighting: 'changed',
} as const satisfies Partial<Record<EntryType, Overview['changes'][number]['kind']>>

export async function overview(env: Environment): Promise<Output<'overview'>> {
  const { read } = env.store
  const head = await read.head()
  const count = async (filter: Parameters<StoreReads['countPorts']>[0]) =>
    (await read.countPorts(filter, COUNT_LIMIT)).count
  const ports = {
    open: await count({ observed: 'open' }),
    declared: (await count({ documented: 'documented' })) + (await count({ documented: 'draft' })),
    undeclared: await count({ observed: 'open', documented: 'none' }),
  }
  const findings = (await read.findingCounts()).map((row) => ({ ...row, title: ruleTitle(row.rule) }))
  const covered = summarise(await placesCovered(env, { days: 1 }))
  return {
    at: env.now(),
    sentence: sentence(ports, covered),
    mode: 'documenting',
    ports,
    findings,
    coverage: covered,
    changes: await changes(read, head?.size ?? 0),
    ledger: {
      origin: head?.origin ?? '',
      size: head?.size ?? 0,
      root: Buffer.from(head?.root ?? []).toString('base64'),
      signedSize: signedSize(await read.checkpoint()),
    },
  }
}

function sentence(ports: Overview['ports'], covered: Overview['coverage']): string {
  const seen = `${plural(ports.open, 'port')} seen open, ${ports.undeclared} of them undeclared; ${plural(ports.declared, 'port')} on record.`
  const places = `Of ${plural(covered.inScope, 'place')} in scope, ${covered.full} covered fully today, ${covered.partial} partly, ${covered.never} never.`
  return `${seen} ${places} Nothing is approved: the book is in documenting mode.`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A checkpoint's second line; the note was written by this log. */
function signedSize(note: string | null): number | null {
  return note === null ? null : Number(note.split('\n')[1])
}

async function changes(read: StoreReads, size: number): Promise<Overview['changes']> {
  if (size === 0) return []
  const types = Object.keys(CHANGE_KIND) as (keyof typeof CHANGE_KIND)[]
  const stored = await read.entries({ from: size - 1, limit: CHANGES, descending: true, types })
  const shown: Overview['changes'] = []
  for (const entry of stored) {
    const opened = openLeaf(entry.index, entry.leaf, await read.sealed(entry.index))
    shown.push({
      at: entry.at,
      index: entry.index,
      kind: CHANGE_KIND[entry.type as keyof typeof CHANGE_KIND],
      text: summariseEntry(opened),
      source: null,
      port: null,
    })
  }
  return shown
}
