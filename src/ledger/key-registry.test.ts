import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SoftwareSigner, softwareSigner } from '../../test/support/signers.ts'
import type { JsonObject } from '../model/entry.ts'
import { Refusal } from '../model/refusal.ts'
import { foldKey } from './authority.ts'
import { materialText } from './key-act.ts'
import { inForce, type KeyRegistry, rootsAt } from './key-registry.ts'
import { enrolBody, genesisRegistry, recordOf, rootBody, statementOf } from './keys.fixture.ts'

/** Small keys of few people, so that random acts meet one another. Two people hold two keys. */
const SIGNERS = ['ann', 'bob', 'eve', 'ann-2', 'bob-2'].map((label) =>
  softwareSigner('ed25519', label.replace('-2', ''), label),
)
const signerAt = (n: number) => SIGNERS[n % SIGNERS.length] as SoftwareSigner

type Act =
  | { readonly act: 'root'; readonly keys: readonly number[]; readonly threshold: number }
  | { readonly act: 'enrol'; readonly key: number }
  | { readonly act: 'retire'; readonly key: number }
  | { readonly act: 'compromise'; readonly key: number; readonly since: number }
type Step = Act & { readonly signers: readonly number[]; readonly isRecord: boolean }

/** What the page says, over the list of all that was accepted, looked through anew for each question. */
class Model {
  readonly #accepted: (Step & { readonly index: number; readonly byHolder: boolean })[] = []

  roots(index: number) {
    return this.#accepted.findLast((one) => one.act === 'root' && one.index < index) as
      | { keys: readonly number[]; threshold: number }
      | undefined
  }

  isInForce(key: number, index: number): boolean {
    const of = this.#accepted.filter((one) => one.act !== 'root' && one.key === key)
    return (
      of.some(({ act, index: at }) => act === 'enrol' && at < index) &&
      !of.some(({ act, index: at }) => act === 'retire' && at <= index) &&
      !of.some((one) => one.act === 'compromise' && reachOf(one) <= index)
    )
  }

  isEnrolled(key: number): boolean {
    return this.#accepted.some((one) => one.act === 'enrol' && one.key === key)
  }

  take(step: Step, index: number): boolean {
    const byHolder = this.#judge(step, index)
    if (byHolder === null || !this.#fits(step, index, byHolder)) return false
    this.#accepted.push({ ...step, index, byHolder })
    return true
  }

  /** Null where nobody with a say signed; else whether it was the holder alone. */
  #judge(step: Step, index: number): boolean | null {
    const roots = this.roots(index)
    if (roots === undefined) return step.isRecord ? false : null
    if (step.isRecord) return null
    const present = step.signers.filter((n) => roots.keys.includes(n))
    const speaker = SIGNERS[step.signers[0] ?? -1]?.key.name
    const counting = step.signers.filter((n) => roots.keys.includes(n) || this.isInForce(n, index))
    if (!counting.some((n) => signerAt(n).key.name === speaker)) return null
    if (step.act === 'root' && step.signers.filter((n) => step.keys.includes(n)).length < step.threshold)
      return null
    if (step.act === 'enrol' && !step.signers.includes(step.key)) return null
    if (present.length >= roots.threshold) return false
    if (step.act !== 'retire' && step.act !== 'compromise') return null
    const holder = signerAt(step.key).key.name
    const own = step.signers.some((n) => signerAt(n).key.name === holder && this.isInForce(n, index))
    return this.isEnrolled(step.key) && own ? true : null
  }

  #fits(step: Step, index: number, byHolder: boolean): boolean {
    if (step.act === 'root') return true
    if (step.act === 'enrol') return !this.isEnrolled(step.key)
    if (!this.isEnrolled(step.key)) return false
    const earlier = this.#accepted.filter((one) => one.act === step.act && one.key === step.key)
    if (step.act === 'retire') return earlier.length === 0
    const reach = reachOf({ ...step, index, byHolder })
    return step.since <= index && earlier.every((one) => reachOf(one) > reach)
  }
}

function reachOf(one: Step & { index: number; byHolder: boolean }): number {
  return one.act === 'compromise' && !one.byHolder ? one.since : one.index
}

const key = fc.nat(SIGNERS.length - 1)
const people = fc.uniqueArray(key, { minLength: 1, maxLength: 4 })
const crowd = fc.oneof(people, fc.shuffledSubarray([...SIGNERS.keys()], { minLength: 3 }))
const act: fc.Arbitrary<Act> = fc.oneof(
  people.chain((keys) =>
    fc.integer({ min: 1, max: keys.length }).map((threshold) => ({ act: 'root' as const, keys, threshold })),
  ),
  fc.record({ act: fc.constant('enrol' as const), key }),
  fc.record({ act: fc.constant('retire' as const), key }),
  fc.record({ act: fc.constant('compromise' as const), key, since: fc.nat(14) }),
)
/** Most books name root keys at some time; one or two of them, so that random people are often enough. */
const first: Step = { act: 'root', keys: [0, 1], threshold: 1, signers: [0], isRecord: true }
const later = fc.array(
  fc.tuple(act, crowd, fc.nat(3)).map(([act, signers, n]): Step => ({ ...act, signers, isRecord: n === 0 })),
  { maxLength: 14 },
)
const steps = fc.tuple(later, fc.nat(5)).map(([steps, n]) => steps.toSpliced(n, 0, first))

test('who may sign what is what the page says, after any acts by anybody', () => {
  const accepted = { records: 0, statements: 0 }
  fc.assert(
    fc.property(steps, (steps) => {
      const model = new Model()
      let registry = genesisRegistry()
      for (const [n, step] of steps.entries()) {
        const folded = attempt(registry, n + 1, step)
        expect([n, step, folded !== null]).toEqual([n, step, model.take(step, n + 1)])
        if (folded !== null) accepted[step.isRecord ? 'records' : 'statements']++
        registry = folded ?? registry
        for (let index = 0; index < steps.length + 2; index++) {
          const roots = model.roots(index)
          expect(rootsAt(registry, index)?.threshold).toBe(roots?.threshold)
          for (const k of SIGNERS.keys())
            expect(isInForce(registry, k, index)).toBe(model.isInForce(k, index))
        }
      }
    }),
    { numRuns: 150 },
  )
  expect(Math.min(accepted.records, accepted.statements)).toBeGreaterThan(50)
})

function attempt(registry: KeyRegistry, index: number, step: Step): KeyRegistry | null {
  const body = bodyOf(step)
  const record = step.isRecord ? recordOf(body) : statementOf(body, step.signers.map(signerAt))
  try {
    return foldKey(registry, index, record)
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

function bodyOf(step: Step): JsonObject {
  if (step.act === 'root') return rootBody(step.keys.map(signerAt), step.threshold, step.isRecord)
  const signer = signerAt(step.key)
  if (step.act === 'enrol') return enrolBody(signer, step.isRecord)
  const ending = { act: step.act, key: signer.key.text, reason: 'x' }
  return step.act === 'retire' ? ending : { ...ending, since_index: step.since }
}

function isInForce(registry: KeyRegistry, n: number, index: number): boolean {
  const held = registry.held.get(materialText(signerAt(n).key))
  return held !== undefined && inForce(held, index)
}
