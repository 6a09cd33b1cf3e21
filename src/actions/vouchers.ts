import type { Output } from '../api/operations.ts'
import { cosignaturesOn, cosignerKeyId } from '../ledger/cosignature.ts'
import { isQuorum, type TrustPolicy } from '../ledger/trust-policy.ts'
import type { Environment } from './environment.ts'

type View = Output<'showCheckpoint'>
type Vouchers = Omit<View, 'origin' | 'size' | 'root' | 'note'>

/** Who outside the book vouches for a checkpoint. Every proof says it, and says so where it is nobody. */
export async function vouchersFor(env: Environment, size: number, note: string): Promise<Vouchers> {
  const { policy, timestamps: asked } = env.outside
  const cosignatures = cosignersOf(policy, note)
  const cosigned = new Set(cosignatures.map(({ witness }) => witness))
  const quorum = policy.quorum === null ? 'none' : isQuorum(policy, cosigned) ? 'met' : 'missing'
  const stamps = (await env.store.read.timestamps({ from: size, limit: MOST })).filter(
    (one) => one.size === size,
  )
  const timestamps = stamps.map(({ authority, at, anchored }) => ({ authority, at, anchored }))
  const authorities = await authoritiesOf(env)
  const external = cosigned.size > 0 || timestamps.length > 0
  const words = [witnessWords(policy, [...cosigned], quorum), stampWords(timestamps, authorities)].filter(
    (one) => one !== null,
  )
  return {
    sentence:
      asked.authorities.length === 0 && policy.witnesses.length === 0 && !external ? NOBODY : words.join(' '),
    external,
    cosignatures,
    quorum,
    witnesses: await statesOf(env),
    timestamps,
    authorities,
  }
}

const NOBODY =
  'No external witness: nobody outside this book has cosigned or time-stamped this checkpoint, and nobody is asked to.'
const MOST = 64

function cosignersOf(policy: TrustPolicy, note: string): View['cosignatures'] {
  return cosignaturesOn(note, policy.witnesses).map(({ name, keyId, time }) => ({
    witness: policy.witnesses.find((one) => one.name === name && cosignerKeyId(one) === keyId)?.alias ?? name,
    name,
    at: new Date(time * 1000).toISOString(),
  }))
}

async function statesOf({ outside, store }: Environment): Promise<View['witnesses']> {
  const states = await store.read.anchorStates('witness')
  return Promise.all(
    outside.policy.witnesses.map(async (witness) => {
      const { alias, name, url } = witness
      const { state, detail, at } = states.get(alias) ?? { state: 'unasked', detail: null, at: null }
      const cosigned = await store.read.cosignedSize({ name, keyId: cosignerKeyId(witness) })
      return { witness: alias, name, url, cosigned, state, detail, since: at }
    }),
  )
}

async function authoritiesOf({ outside, store }: Environment): Promise<View['authorities']> {
  const states = await store.read.anchorStates('authority')
  return Promise.all(
    outside.timestamps.authorities.map(async ({ name, url }) => {
      const { state, detail, at: since } = states.get(name) ?? { state: 'unasked', detail: null, at: null }
      const last = await store.read.lastTimestamp(name)
      return { authority: name, url, stamped: last?.size ?? 0, at: last?.at ?? null, state, detail, since }
    }),
  )
}

function witnessWords(
  policy: TrustPolicy,
  cosigned: readonly string[],
  quorum: View['quorum'],
): string | null {
  if (policy.witnesses.length === 0)
    return cosigned.length === 0 ? 'No external witness is asked to cosign it.' : null
  if (cosigned.length === 0) return 'No external witness has cosigned this checkpoint yet.'
  const by = `Cosigned by ${cosigned.join(', ')}`
  if (quorum === 'none') return `${by}; the policy asks for no quorum.`
  return quorum === 'met'
    ? `${by}: the quorum ${policy.quorum} is met.`
    : `${by}; the quorum ${policy.quorum} is not met.`
}

function stampWords(timestamps: View['timestamps'], authorities: View['authorities']): string | null {
  if (timestamps.length > 0)
    return `Time-stamped by ${timestamps.map(({ authority, at }) => `${authority} at ${at}`).join(', ')}.`
  if (authorities.length === 0) return null
  const last = authorities.filter(({ at }) => at !== null)
  if (last.length === 0) return 'No timestamp: no authority has stamped a checkpoint of this book yet.'
  const stamped = last.map(
    ({ authority, stamped, at }) => `${authority} stamped the one of ${stamped} entries at ${at}`,
  )
  return `No timestamp over this checkpoint; ${stamped.join(', ')}.`
}
