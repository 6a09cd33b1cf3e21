import {
  intersectAddresses,
  NO_ADDRESS,
  sameAddresses,
  subtractAddresses,
  uniteAddresses,
} from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import type { FilterChain, FilterRule, FilterTable, FilterVerdict } from '../../model/packet-filter.ts'
import { both, either, EVERYBODY, isNobody, NOBODY, perhaps } from './bounds.ts'
import type { Bounds } from './bounds.ts'
import { allHold } from './match.ts'
import type { Marks, Packet, Step } from './packet.ts'
import { candidates } from './rule-index.ts'

/** What a chain of translations, or one that filters, is walked with. */
export interface Walk {
  readonly net: string
  readonly hook: string
  readonly packet: Packet
  readonly local: AddressSet
  readonly marks: Marks
  /** Null: nobody asks for the way. */
  readonly steps: Step[] | null
  /** Rules that may still be looked at. A rule set that was made to cost time becomes unknown, not endless. */
  budget: { left: number }
}

export interface Translated {
  readonly by: FilterRule
  readonly bounds: Bounds
}

export interface Passed {
  readonly accepted: Bounds
  readonly translated: readonly Translated[]
}

/** A base chain: what its rules and its policy let pass. */
export function passBase(table: FilterTable, chain: FilterChain, from: Bounds, walk: Walk): Passed {
  const done = { accepted: NOBODY, translated: [] as Translated[], nat: chain.base?.type === 'nat' }
  const left = through(table, chain, from, walk, done, 0)
  if (chain.base?.policy === 'drop') {
    if (walk.steps !== null && !isNobody(left)) note(walk, chain, null, 'policy drop', left)
    return done
  }
  return { accepted: either(done.accepted, left), translated: done.translated }
}

interface Done {
  accepted: Bounds
  readonly translated: Translated[]
  readonly nat: boolean
}

/** nf_tables.h, NFT_JUMP_STACK_SIZE; iptables has no rule set that goes deeper either. */
const DEEPEST = 16

/**
 * Who comes out at the end. `must` holds those who, however the unknown turns out, are either at this place or
 * accepted already: so a rule that may accept, before one that does, takes nothing from it. Where destinations are
 * translated the two differ, and whoever may have been accepted leaves `must`.
 */
function through(
  table: FilterTable,
  chain: FilterChain,
  from: Bounds,
  walk: Walk,
  done: Done,
  depth: number,
): Bounds {
  let here = from
  let returned = NOBODY
  const rules = candidates(chain, walk.packet)
  for (let at = 0; at < rules.length; at++) {
    if (isNobody(here)) break
    // Whose way is asked for is one sender, and wants to hear of each rule.
    const run = walk.steps === null ? certainRun(rules, at, walk, done.nat) : null
    if (run !== null) {
      const accepted = { must: run.accepted, may: run.accepted }
      done.accepted = either(done.accepted, both(here, accepted))
      here = {
        must: subtractAddresses(here.must, run.held),
        may: subtractAddresses(here.may, run.held),
      }
      at += run.length - 1
      continue
    }
    const rule = rules[at]!
    if (--walk.budget.left < 0) return undecided(here, returned, done)
    const held = allHold(rule.matches, walk.packet, walk.local, walk.marks)
    if (held === NOBODY) continue
    const hit = both(here, held)
    if (isNobody(hit)) continue
    const unheld = subtractAddresses(here.may, held.must)
    const never = subtractAddresses(here.must, held.may)
    const { verdict } = rule
    if (walk.steps !== null && verdict.do !== 'jump' && verdict.do !== 'goto' && verdict.do !== 'next')
      note(walk, chain, rule, wordOf(verdict), hit)
    switch (verdict.do) {
      case 'next':
        continue
      case 'mark':
        walk.marks.marked = uniteAddresses(walk.marks.marked, hit.may)
        continue
      case 'notrack':
        walk.marks.untracked = uniteAddresses(walk.marks.untracked, hit.may)
        continue
      case 'accept':
        done.accepted = either(done.accepted, hit)
        here = { must: done.nat ? never : subtractAddresses(here.must, held.must), may: unheld }
        continue
      case 'drop':
      case 'reject':
        here = { must: never, may: unheld }
        continue
      case 'return':
        returned = either(returned, hit)
        here = { must: never, may: unheld }
        continue
      case 'translate':
      case 'masquerade':
        done.translated.push({ by: rule, bounds: hit })
        here = { must: never, may: unheld }
        continue
      case 'unknown':
        done.accepted = either(done.accepted, perhaps(hit.may))
        if (done.nat) done.translated.push({ by: rule, bounds: perhaps(hit.may) })
        here = { must: never, may: here.may }
        continue
      case 'jump':
      case 'goto': {
        const next = table.chains.get(verdict.chain)
        if (next === undefined || depth >= DEEPEST) {
          done.accepted = either(done.accepted, perhaps(hit.may))
          here = { must: never, may: here.may }
          continue
        }
        // Asked of all who may enter, and believed of those who surely do.
        const entering = { must: intersectAddresses(here.must, held.may), may: hit.may }
        const inside: Done = { accepted: NOBODY, translated: [], nat: done.nat }
        const back = through(table, next, entering, walk, inside, depth + 1)
        done.accepted = either(done.accepted, certain(inside.accepted, held.must))
        for (const { by, bounds } of inside.translated)
          done.translated.push({ by, bounds: certain(bounds, held.must) })
        if (verdict.do === 'goto') {
          returned = either(returned, certain(back, held.must))
          here = { must: never, may: unheld }
          continue
        }
        const stayed = done.nat
          ? back.must
          : uniteAddresses(back.must, subtractAddresses(inside.accepted.must, held.must))
        here = { must: uniteAddresses(never, stayed), may: uniteAddresses(unheld, back.may) }
      }
    }
  }
  return either(returned, here)
}

interface CertainRun {
  readonly length: number
  readonly held: AddressSet
  readonly accepted: AddressSet
}

const LONG = 2

/**
 * Rules in a row that accept or drop, and of which it is known whom they mean. Halves are put together, since a set
 * that grows by one rule after the other costs the square of their number.
 */
function certainRun(rules: readonly FilterRule[], from: number, walk: Walk, nat: boolean): CertainRun | null {
  const each: { readonly held: AddressSet; readonly accepted: AddressSet }[] = []
  let at = from
  for (; at < rules.length; at++) {
    const { verdict, matches } = rules[at]!
    if (verdict.do !== 'accept' && verdict.do !== 'drop' && verdict.do !== 'reject') break
    const held = allHold(matches, walk.packet, walk.local, walk.marks)
    if (held.must !== held.may && !sameAddresses(held.must, held.may)) break
    each.push({ held: held.must, accepted: verdict.do === 'accept' ? held.must : NO_ADDRESS })
    // Nobody comes behind it.
    if (held === EVERYBODY) {
      at++
      break
    }
  }
  walk.budget.left -= each.length
  if (each.length < LONG || nat || walk.budget.left < 0) return null
  return { length: each.length, ...inHalves(each, 0, each.length) }
}

function inHalves(
  each: readonly { readonly held: AddressSet; readonly accepted: AddressSet }[],
  from: number,
  to: number,
): { readonly held: AddressSet; readonly accepted: AddressSet } {
  if (to - from === 1) return each[from]!
  const middle = (from + to) >>> 1
  const [one, two] = [inHalves(each, from, middle), inHalves(each, middle, to)]
  return {
    held: uniteAddresses(one.held, two.held),
    accepted: uniteAddresses(one.accepted, subtractAddresses(two.accepted, one.held)),
  }
}

function undecided(here: Bounds, returned: Bounds, done: Done): Bounds {
  done.accepted = either(done.accepted, perhaps(here.may))
  return { must: NO_ADDRESS, may: uniteAddresses(here.may, returned.may) }
}

function certain(bounds: Bounds, surely: AddressSet): Bounds {
  return { must: intersectAddresses(bounds.must, surely), may: bounds.may }
}

function note(walk: Walk, chain: FilterChain, rule: FilterRule | null, text: string, hit: Bounds): void {
  walk.steps?.push({
    net: walk.net,
    hook: walk.hook,
    chain: chain.name,
    rule,
    text,
    sure: hit.must.ipv4.length + hit.must.ipv6.length > 0,
  })
}

function wordOf(verdict: FilterVerdict): string {
  return verdict.do === 'translate'
    ? 'new destination'
    : verdict.do === 'masquerade'
      ? 'new source'
      : verdict.do
}
