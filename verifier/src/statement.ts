import { must } from './fault.ts'
import { checkSignature } from './key.ts'
import { STATEMENT_LINE, type Leaf } from './leaf.ts'
import { keyNamed, notInForce, type HolderKey, type Registry } from './registry.ts'

/** Whose signatures on a statement count: docs/formats/ledger-statement-v1.md, "What a reader does". */

export interface Judgement {
  /** Keys whose signature counts and whose scope holds the type. */
  readonly signers: readonly HolderKey[]
  /** Names of signers that the log does not know. */
  readonly unknown: readonly string[]
  /** What a reader should know although it decides nothing. */
  readonly warnings: readonly string[]
}

/**
 * Refuses a statement of the wrong signatures: one of a key that the log knows and that did not make it, or none by a
 * key of who speaks that was in force at the index. `registry` is that of the size at which one judges, so that a
 * compromise found later has its effect.
 */
export function judgeStatement(registry: Registry, index: number, leaf: Leaf): Judgement {
  const unknown: string[] = []
  const verified: HolderKey[] = []
  for (const { name, keyId, signature } of leaf.signatures) {
    const key = keyNamed(registry, name, keyId)
    if (key === undefined) {
      unknown.push(name)
      continue
    }
    checkSignature(key, leaf.text, STATEMENT_LINE.trimEnd(), signature)
    verified.push(...registry.holders.filter((holder) => holder.key.text === key.text))
  }
  const speakers = verified.filter(({ key }) => key.name === leaf.by)
  must(speakers.length > 0, `${leaf.by} speaks, and no enrolled key of that name signed`)
  const inForce = speakers.filter((speaker) => notInForce(speaker, index) === null)
  const [first] = speakers
  must(
    inForce.length > 0,
    `the key of ${leaf.by} was not in force: ${first === undefined ? '' : notInForce(first, index)}`,
  )
  const signers = inForce.filter(({ scope }) => scope.includes(leaf.type))
  must(signers.length > 0, `the key of ${leaf.by} may not sign entries of type ${leaf.type}`)
  return { signers, unknown, warnings: warningsOf(signers, leaf) }
}

function warningsOf(signers: readonly HolderKey[], leaf: Leaf): string[] {
  return signers.flatMap(({ key, until, onLogsWord }) => [
    ...(onLogsWord ? [`key ${key.id} was enrolled on the log's word`] : []),
    ...(until !== null && leaf.at > until ? [`key ${key.id} was to be used until ${until}`] : []),
  ])
}
