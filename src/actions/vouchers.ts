import type { Output } from '../api/operations.ts'
import { cosignaturesOn, cosignerKeyId } from '../ledger/cosignature.ts'
import { isQuorum, type TrustPolicy } from '../ledger/trust-policy.ts'
import type { Environment } from './environment.ts'

type View = Output<'showCheckpoint'>
type Vouchers = Pick<View, 'sentence' | 'external' | 'cosignatures' | 'quorum' | 'witnesses'>

/** Who outside the book vouches for a checkpoint. Every proof says it, and says so where it is nobody. */
export async function vouchersFor(env: Environment, note: string): Promise<Vouchers> {
  const { policy } = env.outside
  const cosignatures = cosignersOf(policy, note)
  const cosigned = new Set(cosignatures.map(({ witness }) => witness))
  const quorum = policy.quorum === null ? 'none' : isQuorum(policy, cosigned) ? 'met' : 'missing'
  return {
    sentence: sentence(policy, [...cosigned], quorum),
    external: cosigned.size > 0,
    cosignatures,
    quorum,
    witnesses: await statesOf(env),
  }
}

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

function sentence(policy: TrustPolicy, cosigned: readonly string[], quorum: View['quorum']): string {
  if (policy.witnesses.length === 0)
    return 'No external witness: nobody outside this book has cosigned this checkpoint, and nobody is asked to.'
  if (cosigned.length === 0) return 'No external witness has cosigned this checkpoint yet.'
  const by = `Cosigned by ${cosigned.join(', ')}`
  if (quorum === 'none') return `${by}; the policy asks for no quorum.`
  return quorum === 'met'
    ? `${by}: the quorum ${policy.quorum} is met.`
    : `${by}; the quorum ${policy.quorum} is not met.`
}
