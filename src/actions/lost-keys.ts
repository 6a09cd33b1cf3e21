import { Refusal } from '../model/refusal.ts'
import type { Environment, StoreReads } from './environment.ts'

/** Sealed values, and how many of them nobody can open here although nobody erased them. */
export interface SealedState {
  readonly values: number
  readonly lost: number
}

/** A value is lost while its row is there and its key is not: erasure takes both, and says so on the ledger. */
export async function sealedState(env: Pick<Environment, 'store' | 'vault'>): Promise<SealedState> {
  const keys = await env.store.read.sealedKeys()
  const missing = new Set(await env.vault.missing(keys.map(({ key }) => key)))
  const count = (of: typeof keys) => of.reduce((sum, { values }) => sum + values, 0)
  return { values: count(keys), lost: count(keys.filter(({ key }) => missing.has(key))) }
}

/** Where the values stand whose keys are not here. */
export async function lostValues({ vault }: Pick<Environment, 'vault'>, read: StoreReads) {
  const keys = (await read.sealedKeys()).map(({ key }) => key)
  return read.sealedRefs({ keys: await vault.missing(keys) })
}

/**
 * What cannot be opened cannot be searched, and folding the ledger without it would take it out of what the book shows
 * everybody. Throws `Refusal('sealed-keys')`.
 */
export async function refuseWhereLost(env: Environment, what: string): Promise<void> {
  const { values, lost } = await sealedState(env)
  if (lost > 0)
    throw new Refusal('sealed-keys', `${lostText({ values, lost })}; ${what}`, { hint: LOST_HINT })
}

export function lostText({ values, lost }: SealedState): string {
  return `${lost} of ${values} sealed values cannot be opened: their keys are not here, and nobody erased them`
}

export const LOST_HINT =
  'put the folder of their keys back (sealed-keys in the data folder, or what --subject-keys names). If it is lost for good: portreeve erase --lost --basis TEXT says so on the ledger'
