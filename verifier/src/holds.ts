import { sameBytes } from './bytes.ts'
import type { Found } from './case.ts'
import { citationIn } from './citation.ts'
import { Missing, must } from './fault.ts'
import { count, isExactly } from './form.ts'
import { isObject, type Json, type JsonObject } from './jcs.ts'
import { spkiOf } from './key.ts'
import type { Leaf } from './leaf.ts'
import type { HolderKey, Registry } from './registry.ts'
import { judgeStatement } from './statement.ts'

/** Holds that an answer speaks of: docs/formats/ledger-hold-v1.md, "Whose word counts". */

/** People that it takes to release a hold. */
const RELEASERS = 2

export interface ToldHold {
  /** Index of the entry that placed it. */
  readonly placed: number
  readonly name: string
  readonly releases: readonly number[]
  readonly stands: boolean
}

/** Whether each hold stands or was released as the answer says, by the words of two different people. */
export function checkHolds(found: Found, answer: JsonObject): void {
  const { checks } = found
  if (answer['holds'] === undefined) return
  checks.make(
    'holds',
    () => {
      const { registry } = found
      if (registry === null) throw new Missing('whose keys count is not known')
      const holds = holdsIn(answer)
      for (const hold of holds) checkHold(found.leaves, registry, hold)
      return holds
    },
    (holds) =>
      holds.length === 0
        ? 'none is named'
        : holds.map(({ name, stands }) => `${name} ${stands ? 'stands' : 'was released'}`).join(', '),
  )
}

/** Names of the holds that an answer speaks of. */
export function holdNamesIn(answer: Json): ReadonlySet<string> {
  return new Set(isObject(answer) ? holdsIn(answer).map(({ name }) => name) : [])
}

function holdsIn({ holds = [] }: JsonObject): readonly ToldHold[] {
  must(Array.isArray(holds), 'the holds are not a list')
  return (holds as readonly Json[]).map((one) => {
    must(isObject(one) && isExactly(one, 'hold releases stands'), 'a hold has other members')
    const { hold, releases, stands } = one
    must(isObject(hold) && Array.isArray(releases) && typeof stands === 'boolean', 'a hold is malformed')
    const { leaf, pointer, value } = citationIn(hold)
    must(pointer === '/body/hold' && typeof value === 'string', 'a hold does not cite its name')
    return {
      placed: leaf,
      name: value,
      releases: (releases as readonly Json[]).map((index) => count(index)),
      stands,
    }
  })
}

/** Refuses a hold that the entries do not show so. `registry` is that of the size at which one judges. */
export function checkHold(leaves: Found['leaves'], registry: Registry, hold: ToldHold): void {
  const leaf = leafAt(leaves, hold.placed)
  const isFreeze = leaf.type === 'freeze'
  must(
    isFreeze || (leaf.type === 'hold' && bodyOf(leaf)['act'] === 'place'),
    `entry ${hold.placed} places no hold`,
  )
  const voices: Voice[] = []
  let last = hold.placed
  for (const index of hold.releases) {
    must(index > last, `the releases of ${hold.name} are not in their order`)
    last = index
    const voice = voiceOf(registry, index, releaseAt(leaves, index, hold))
    must(
      voices.every(
        ({ by, spki }) =>
          by !== voice.by && !(spki !== null && voice.spki !== null && sameBytes(spki, voice.spki)),
      ),
      `entry ${index} is the word of somebody who had said so already`,
    )
    must(
      voices.every(({ spki }) => (spki === null) === (voice.spki === null)),
      `entry ${index} is signed, and an earlier word on ${hold.name} is not`,
    )
    voices.push(voice)
  }
  must(
    voices.length <= RELEASERS && hold.stands === voices.length < RELEASERS,
    `${voices.length} people said that ${hold.name} may end, and the answer says that it ${hold.stands ? 'stands' : 'was released'}`,
  )
}

interface Voice {
  readonly by: string
  /** Null: a bare word. */
  readonly spki: Uint8Array | null
}

function releaseAt(leaves: Found['leaves'], index: number, { name, placed }: ToldHold): Leaf {
  const leaf = leafAt(leaves, index)
  const { act, hold, entry = placed } = bodyOf(leaf)
  must(
    leaf.type === 'hold' && act === 'release' && hold === name && entry === placed,
    `entry ${index} does not say that ${name} may end`,
  )
  return leaf
}

function voiceOf(registry: Registry, index: number, leaf: Leaf): Voice {
  if (leaf.kind === 'record') {
    must(
      !registry.holders.some((holder) => isForHolds(holder) && holder.enrolled < index),
      `entry ${index} is a bare word, and keys of people were enrolled for holds before it`,
    )
    const { by } = bodyOf(leaf)
    must(typeof by === 'string', `entry ${index} does not say whose word it is`)
    return { by, spki: null }
  }
  const signer = judgeStatement(registry, index, leaf).signers.find(isForHolds)
  must(signer !== undefined, `entry ${index} is not signed by a person's key`)
  return { by: signer.key.name, spki: spkiOf(signer.key) }
}

function isForHolds({ kind, scope }: HolderKey): boolean {
  return kind === 'person' && scope.includes('hold')
}

function leafAt(leaves: Found['leaves'], index: number): Leaf {
  const leaf = leaves.get(index)
  if (leaf === undefined) throw new Missing(`entry ${index} is not there, or does not hold`)
  return leaf
}

function bodyOf(leaf: Leaf): JsonObject {
  return leaf.members['body'] as JsonObject
}
