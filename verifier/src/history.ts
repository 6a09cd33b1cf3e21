import { base64, sameBytes } from './bytes.ts'
import type { Case, ForkedHead, Found, Head, Seen } from './case.ts'
import { cosignaturesOf, logSigners, parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { attempt, Fault, Missing, must } from './fault.ts'
import type { Key } from './key.ts'
import { isConsistent } from './merkle.ts'
import type { Pack } from './pack.ts'
import { isQuorum } from './policy.ts'
import { parseConsistencyProof } from './proof.ts'
import { areRootsOf, logKeysAt, type Registry } from './registry.ts'
import type { Trust } from './trust.ts'

/** The heads of the log: who signed them, who saw them, and whether they are of one history. */

/** The head as it stands, or null; who signed it is judged when the keys of the log are known. */
export function readHead(pack: Pack): Head | null {
  return attempt(() => headIn(pack))
}

/**
 * Keys of the log that may be trusted: those of the trust file (without one, that of the pack's own genesis), and
 * those that an entry names within a checkpoint that a trusted key signed. So who knows the old key only finds the
 * new one, through a checkpoint of the time when both signed; or, knowing the root keys, through their signatures.
 */
export function trustedLogKeys(of: {
  readonly pack: Pack
  readonly trust: Trust | null
  readonly head: Head | null
  readonly registry: Registry | null
  readonly genesis: Registry | null
}): readonly Key[] {
  const { pack, trust, head, registry, genesis } = of
  const known = [...(trust?.logs ?? genesis?.logKeys.map(({ key }) => key) ?? [])]
  if (registry === null || head === null) return known
  const roots = trust?.roots ?? null
  if (roots !== null && areRootsOf(registry, roots))
    known.push(
      ...registry.logKeys
        .filter(({ since, byRoots }) => byRoots && since > roots.index)
        .map(({ key }) => key),
    )
  // A key is named before it signs, so in ascending order each vouches for those that come after.
  for (const size of pack.numbers('checkpoints', '.checkpoint')) {
    const checkpoint = attempt(() => consistentCheckpoint(pack, size, head))
    if (checkpoint === null || !isSigned(checkpoint, known, registry)) continue
    for (const { key, since } of registry.logKeys)
      if (since < size && !known.some(({ text }) => text === key.text)) known.push(key)
  }
  return known
}

export function checkHead(found: Case): void {
  const work = () => {
    const { checkpoint } = headIn(found.pack)
    return { checkpoint, signers: signersOf(found, checkpoint) }
  }
  const says = ({ checkpoint, signers }: ReturnType<typeof work>) =>
    `${checkpoint.size} entries, root ${base64(checkpoint.root)}, signed by log key ${signers.map(({ id }) => id).join(' and ')}`
  found.checks.make('head', work, says)
}

export function checkWitnesses({ checks, trust, head }: Case): void {
  const work = () => {
    if (trust === null) throw new Missing('without a trust file no witness is known')
    if (head === null) throw new Missing('the head is not there')
    const cosignatures = cosignaturesOf(head.checkpoint, trust.witnesses)
    if (!isQuorum(trust.quorum, new Set(cosignatures.map(({ witness }) => witness.text))))
      throw new Missing(
        `${cosignatures.length} known witnesses cosigned the head, and the quorum of the trust file needs others or more`,
      )
    return trust.quorum === 'none'
      ? 'the trust file requires no external witness: nothing here excludes that the log shows others another history'
      : cosignatures.map(({ witness, time }) => `${witness.name} at ${secondsText(time)}`).join(', ')
  }
  checks.make('witnesses', work, (says) => says)
}

/** The checkpoints of the pack, the head included, that hold. */
export function checkSeen(found: Case): ReadonlyMap<number, Seen> {
  const { checks, pack, trust, head } = found
  const seen = new Map<number, Seen>()
  for (const size of pack.numbers('checkpoints', '.checkpoint')) {
    const work = () => {
      if (head === null) throw new Missing('the head is not there')
      const checkpoint = consistentCheckpoint(pack, size, head)
      signersOf(found, checkpoint)
      return { checkpoint, cosignatures: cosignaturesOf(checkpoint, trust?.witnesses ?? []) }
    }
    // Of the head everything is said under its own name.
    if (size === pack.manifest.head.size) {
      const own = attempt(work)
      if (own !== null) seen.set(size, own)
      continue
    }
    const one = checks.make(`checkpoint ${size}`, work, seenText)
    if (one !== null) seen.set(size, one)
  }
  return seen
}

/** Of all heads at hand that a key of the log signed or the trust file names, no two of one size may differ. */
export function checkHistory(found: Found, replayed: readonly ForkedHead[]): readonly ForkedHead[] {
  const heads = [...headsAtHand(found), ...replayed]
  for (const [i, one] of heads.entries())
    for (const other of heads.slice(i + 1)) {
      if (one.size !== other.size || one.root === other.root) continue
      found.checks.make(
        'history',
        () => {
          throw new Fault(
            `${one.source} and ${other.source} are both heads of ${one.size} entries, and differ: the log has shown two histories`,
          )
        },
        String,
      )
      return [one, other]
    }
  found.checks.make(
    'history',
    () => heads.length,
    (count) => `${count} heads at hand, no two of one size differ`,
  )
  return []
}

export function signersOf({ registry, logKeys }: Case, checkpoint: Checkpoint): Key[] {
  const all = logSigners(checkpoint, logKeys)
  if (all.length === 0) throw strangers(registry, (keys) => logSigners(checkpoint, keys))
  if (registry === null) throw new Missing('which keys of the log were in force is not known')
  const inForce = new Set(logKeysAt(registry, checkpoint.size).map(({ text }) => text))
  const signers = all.filter(({ text }) => inForce.has(text))
  must(signers.length > 0, 'the log key that signed it was not in force')
  return signers
}

/**
 * What to say of something that no trusted key of the log signed. A key that a later entry names is not therefore a
 * wrong one: what is missing is whoever vouches for it. The genesis is no such entry: every log has one.
 */
export function strangers(registry: Registry | null, signersAmong: (keys: readonly Key[]) => Key[]): Error {
  const named = (registry?.logKeys ?? []).filter(({ since }) => since > 0)
  const [signer] = signersAmong(named.map(({ key }) => key))
  if (signer === undefined) return new Fault('no known key of the log signed it')
  const entry = named.find(({ key }) => key.text === signer.text)?.since
  return new Missing(
    `log key ${signer.id} signed it, which entry ${entry} names: no root keys that the trust file knows vouch for it, and no checkpoint of the pack that it signed together with a key of the trust file`,
  )
}

export function secondsText(time: number): string {
  return new Date(time * 1000).toISOString()
}

function seenText({ cosignatures }: Seen): string {
  return `consistent with the head, ${cosignatures.length} known witnesses`
}

function headsAtHand(found: Found): ForkedHead[] {
  const { pack, seen, trust } = found
  const own = [...seen.values()].map(({ checkpoint }) =>
    forkedHead('the pack', checkpoint, pack.bytes(pathOf(checkpoint.size))),
  )
  const trusted = (trust?.heads ?? []).map(({ size, root }) => ({
    source: 'the trust file',
    size,
    root: base64(root),
    note: null,
  }))
  return [...own, ...trusted, ...stampedHeads(found)]
}

/** What was stamped is signed too, and need not be what the pack calls the head of that size. */
function stampedHeads(found: Found): ForkedHead[] {
  const paths = [...found.pack.manifest.files.keys()].filter(
    (path) => path.startsWith('timestamps/') && path.endsWith('.note'),
  )
  return paths.flatMap((path) => {
    const head = attempt(() => {
      const bytes = found.pack.bytes(path)
      const checkpoint = parseCheckpoint(bytes)
      must(checkpoint.origin === found.origin && signersOf(found, checkpoint).length > 0, 'not of this log')
      return forkedHead(path, checkpoint, bytes)
    })
    return head === null ? [] : [head]
  })
}

export function forkedHead(source: string, { size, root }: Checkpoint, note: Uint8Array): ForkedHead {
  return { source, size, root: base64(root), note: new TextDecoder().decode(note) }
}

function headIn(pack: Pack): Head {
  const { head, log } = pack.manifest
  const bytes = pack.bytes(pathOf(head.size))
  const checkpoint = parseCheckpoint(bytes)
  must(checkpoint.origin === log, 'the head is of another log')
  must(
    checkpoint.size === head.size && sameBytes(checkpoint.root, head.root),
    'the head is not the one that the manifest names',
  )
  must(
    pack.numbers('checkpoints', '.checkpoint').at(-1) === head.size,
    'a checkpoint of the pack is larger than its head',
  )
  return { checkpoint, bytes }
}

function consistentCheckpoint(pack: Pack, size: number, head: Head): Checkpoint {
  if (size === head.checkpoint.size) return head.checkpoint
  const checkpoint = parseCheckpoint(pack.bytes(pathOf(size)))
  must(
    checkpoint.origin === pack.manifest.log && checkpoint.size === size,
    'it is not the checkpoint that its name says',
  )
  const proof = parseConsistencyProof(pack.bytes(`consistency/${size}.proof`), head.bytes)
  must(proof.number === size, 'the consistency proof is of another checkpoint')
  const holds = isConsistent({
    older: BigInt(size),
    newer: BigInt(head.checkpoint.size),
    olderRoot: checkpoint.root,
    newerRoot: head.checkpoint.root,
    proof: proof.hashes,
  })
  must(holds, 'it is not consistent with the head')
  return checkpoint
}

function isSigned(checkpoint: Checkpoint, keys: readonly Key[], registry: Registry): boolean {
  const inForce = new Set(logKeysAt(registry, checkpoint.size).map(({ text }) => text))
  const signers = attempt(() => logSigners(checkpoint, keys))
  return signers?.some(({ text }) => inForce.has(text)) ?? false
}

function pathOf(size: number): string {
  return `checkpoints/${size}.checkpoint`
}
