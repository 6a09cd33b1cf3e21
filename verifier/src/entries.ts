import { sameBytes } from './bytes.ts'
import type { Case, Head, Seen } from './case.ts'
import type { Checks } from './checks.ts'
import { Fault, Missing, must } from './fault.ts'
import { applyKeyEntry } from './key-entry.ts'
import { isObject, type JsonObject } from './jcs.ts'
import { parseLeaf, type Leaf } from './leaf.ts'
import { isIncluded, leafHash } from './merkle.ts'
import type { Pack } from './pack.ts'
import { parseInclusionProof } from './proof.ts'
import { areRootsOf, registryOf, type Registry } from './registry.ts'
import { judgeStatement, type Judgement } from './statement.ts'
import type { Trust } from './trust.ts'

/** The entries of a pack: their form, their place in the log, and whose keys signed them. */

/** Those that are in the head, by index. */
export function readLeaves(checks: Checks, pack: Pack, head: Head | null): ReadonlyMap<number, Leaf> {
  const leaves = new Map<number, Leaf>()
  for (const index of pack.numbers('leaves', '.leaf')) {
    const work = () => readLeaf(pack, index, head)
    const leaf = checks.make(
      `leaf ${index}`,
      work,
      ({ kind, type, at }) => `${kind} of type ${type}, ${at}, in the head`,
    )
    if (leaf !== null) leaves.set(index, leaf)
  }
  return leaves
}

/** The registry that the genesis leaves. */
export function checkGenesis(of: {
  readonly checks: Checks
  readonly trust: Trust | null
  readonly leaves: ReadonlyMap<number, Leaf>
  readonly origin: string
}): Registry | null {
  const { checks, trust, leaves, origin } = of
  const work = () => {
    const leaf = leaves.get(0)
    if (leaf === undefined) throw new Missing('entry 0 is not there, or does not hold')
    // A genesis is a record: its text is all of it.
    if (trust !== null)
      must(sameBytes(leafHash(leaf.text), trust.genesis), 'entry 0 is not the one that the trust file names')
    return registryOf(leaf, origin)
  }
  return checks.make('genesis', work, () => {
    const own =
      trust === null ? 'entry 0, on the word of the pack' : 'entry 0 is the one that the trust file names'
    return `${own}${previousText(leaves.get(0))}`
  })
}

/** A log that was begun after another says so in its genesis. */
function previousText(genesis: Leaf | undefined): string {
  const body = genesis?.members['body']
  const previous = isObject(body ?? null) ? (body as JsonObject)['previous'] : undefined
  if (previous === undefined || !isObject(previous)) return ''
  const { log, size } = previous
  return `; it follows ${typeof size === 'number' ? size : '?'} entries of ${typeof log === 'string' ? log : '?'}`
}

/** The registry at the head, from the key entries of the pack. An entry that breaks a rule has no effect. */
export function checkKeys(of: {
  readonly checks: Checks
  readonly trust: Trust | null
  readonly leaves: ReadonlyMap<number, Leaf>
  readonly genesis: Registry | null
  readonly head: Head | null
}): Registry | null {
  const { checks, trust, leaves, genesis, head } = of
  if (genesis === null) {
    checks.notMade('keys', 'the genesis is not known')
    return null
  }
  let registry = genesis
  const faults: string[] = []
  for (const [index, leaf] of leaves) {
    if (leaf.type === 'genesis' && index !== 0) faults.push(`entry ${index}: a second genesis`)
    if (leaf.type !== 'key') continue
    try {
      registry = applyKeyEntry(registry, index, leaf)
    } catch (error) {
      faults.push(`entry ${index}: ${error instanceof Fault ? error.message : 'it could not be read'}`)
    }
  }
  const work = () => {
    must(faults.length === 0, faults.slice(0, 3).join('; '))
    checkRoots(registry, trust, head)
    return registry
  }
  checks.make('keys', work, keysText)
  return registry
}

/** Who signed each statement, and whether it was the history of this log that they saw. */
export function checkStatements({ checks, leaves, registry }: Case, seen: ReadonlyMap<number, Seen>): void {
  for (const [index, leaf] of leaves) {
    if (leaf.kind !== 'statement') continue
    const work = () => {
      if (registry === null) throw new Missing('whose keys count is not known')
      checkBase(leaf, index, seen.get(leaf.base?.size ?? 0)?.checkpoint.root)
      return leaf.type === 'key' ? null : judgeStatement(registry, index, leaf)
    }
    checks.make(`statement ${index}`, work, (judged) =>
      judged === null ? 'judged with the keys' : signersText(leaf, judged),
    )
  }
}

/** `root` is that of the log at the size that the signer saw, where it is known. */
export function checkBase({ base }: Leaf, index: number, root: Uint8Array | undefined): void {
  must(base !== null && base.size <= index, 'the statement names a checkpoint behind itself')
  must(root === undefined || sameBytes(root, base.root), 'its signer saw another history of this log')
}

function signersText(leaf: Leaf, { signers, unknown, warnings }: Judgement): string {
  return [
    `${leaf.by}, by key ${signers.map(({ key }) => key.id).join(' and ')}`,
    ...(unknown.length > 0 ? [`${unknown.length} signatures by keys that the log does not know`] : []),
    ...warnings,
  ].join('; ')
}

function readLeaf(pack: Pack, index: number, head: Head | null): Leaf {
  const bytes = pack.bytes(`leaves/${index}.leaf`)
  const leaf = parseLeaf(bytes, pack.manifest.log)
  if (head === null) throw new Missing('the head is not there')
  const proof = parseInclusionProof(pack.bytes(`proofs/${index}.tlog-proof`), head.bytes)
  must(proof.number === index, 'the proof is of another entry')
  const { size, root } = head.checkpoint
  const holds = isIncluded({
    leafHash: leafHash(bytes),
    index: BigInt(index),
    size: BigInt(size),
    root,
    proof: proof.hashes,
  })
  must(holds, 'it is not in the head at that index')
  return leaf
}

/** What the trust file says of the roots, against what the entries up to the one that it names leave. */
function checkRoots(registry: Registry, trust: Trust | null, head: Head | null): void {
  const roots = trust?.roots ?? null
  if (roots === null || head === null || head.checkpoint.size <= roots.index) return
  must(areRootsOf(registry, roots), 'the root keys are not those of the trust file')
}

function keysText(registry: Registry): string {
  const roots = registry.roots.at(-1)
  const who =
    roots === undefined
      ? 'no root keys: keys are enrolled on the word of the log'
      : `${roots.threshold} of ${roots.keys.length} root keys`
  return `${who}; ${registry.holders.length} enrolled keys, ${registry.logKeys.length} log keys`
}
