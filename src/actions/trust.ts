import type { Output } from '../api/operations.ts'
import { parseCheckpoint } from '../ledger/checkpoint.ts'
import { type KeyRegistry, rootsAt } from '../ledger/key-registry.ts'
import { readRecord } from '../ledger/record.ts'
import { policyLines } from '../ledger/trust-policy.ts'
import { toBase64 } from '../lib/base64.ts'
import { pemOf } from '../lib/certificate.ts'
import { parseNote } from '../lib/signed-note.ts'
import { Refusal } from '../model/refusal.ts'
import type { Environment, TimestampAuthority } from './environment.ts'
import { Keys, logKeyTexts } from './keys.ts'

/**
 * What a verifier has to know and must not take from a pack: docs/formats/trust-v1.md. It says what this book says of
 * itself, so it is worth what the way is worth on which it is handed over.
 */
export async function showTrust(env: Environment): Promise<Output<'showTrust'>> {
  const { read } = env.store
  const genesis = await read.entry(0)
  const note = await read.checkpoint()
  if (genesis === null || note === null)
    throw new Refusal('not-found', 'the book has signed nothing yet', { hint: 'declare something first' })
  const { log } = readRecord(genesis.leaf)
  const { size, root } = parseCheckpoint(parseNote(Buffer.from(note)).text)
  const registry = await new Keys().at(read, size)
  const lines = [
    'portreeve.dev/trust/v1',
    `# printed on ${env.now().slice(0, 10)}; hand it over by another way than the evidence, and compare it there`,
    '',
    `origin ${log}`,
    `genesis ${toBase64(genesis.leafHash)}`,
    ...rootLines(registry),
    `head ${size} ${toBase64(root)}`,
    '',
    ...logKeyTexts(registry).map((key) => `log ${key}`),
    ...policyLines(env.outside.policy),
    ...env.outside.timestamps.authorities.flatMap(authorityLines),
  ]
  return { text: `${lines.join('\n')}\n` }
}

function rootLines(registry: KeyRegistry): readonly string[] {
  const roots = rootsAt(registry, registry.size)
  if (roots === null) return []
  return [`roots ${roots.index} ${roots.threshold} ${roots.keys.map(({ text }) => text).join(' ')}`]
}

/** A name stands once in the file, and an authority may have several roots. */
function authorityLines({ name, roots }: TimestampAuthority): string[] {
  return roots.flatMap((root, n) => [
    '',
    `timestamp ${n === 0 ? name : `${name.slice(0, 60)}.${n + 1}`}`,
    pemOf(root).trimEnd(),
  ])
}
