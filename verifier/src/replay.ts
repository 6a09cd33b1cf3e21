import type { ForkedHead, Found } from './case.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { Fault, Missing, must } from './fault.ts'
import { base64, sameBytes } from './bytes.ts'
import { checkBase } from './entries.ts'
import { forkedHead, signersOf } from './history.ts'
import type { Json } from './jcs.ts'
import { applyKeyEntry } from './key-entry.ts'
import { MAX_LEAF, parseLeaf, shapeOf, type Leaf } from './leaf.ts'
import { GrowingTree, leafHash } from './merkle.ts'
import { notInForce, registryOf, type Registry } from './registry.ts'

/** The whole log, read again from its tiles: C2SP tlog-tiles (commit 5ba5ee8). */

export interface Tiles {
  /** The newest published checkpoint; null where there is none. */
  checkpoint(): Uint8Array | null
  /** The entry bundle of that index and width (1 to 256); null where there is none. */
  bundle(index: number, width: number): Uint8Array | null
}

const WIDTH = 256

/**
 * Rebuilds the tree, compares it with every head, and looks at what came after the pack. Answers the heads that the
 * tiles have: the signed one, and what the rebuilt tree was at sizes that somebody names.
 */
export function checkReplay(found: Found, tiles: Tiles | null): readonly ForkedHead[] {
  const { checks } = found
  if (tiles === null) {
    checks.notMade('replay', 'no tiles were given: that the pack leaves out nothing is not shown', false)
    checks.notMade('later', 'no tiles were given: that nothing was revoked later is not shown', false)
    return []
  }
  const heads: ForkedHead[] = []
  const replayed = checks.make(
    'replay',
    () => {
      const bytes = tiles.checkpoint()
      if (bytes === null) throw new Missing('the tiles have no checkpoint')
      const head = parseCheckpoint(bytes)
      must(head.origin === found.origin, 'the tiles are of another log')
      const wanted = sizesNamed(found)
      const replay = replayEntries(
        found,
        tiles,
        head.size,
        new Set([...wanted, ...basesOf(found), head.size]),
      )
      signersOf({ ...found, registry: replay.registry }, head)
      heads.push(forkedHead('the checkpoint of the tiles', head, bytes))
      must(
        sameBytes(replay.roots.get(head.size) as Uint8Array, head.root),
        'the tree of all entries has not the root of the checkpoint',
      )
      // From here on the log's own signature covers what the rebuilt tree was at any size.
      for (const [size, root] of replay.roots) if (wanted.includes(size)) heads.push(rebuiltHead(size, root))
      for (const size of wanted)
        must(
          size <= head.size,
          `the log had ${size} entries, and the tiles end at ${head.size}: their tail is missing`,
        )
      for (const [index, leaf] of found.leaves)
        if (leaf.base !== null) checkBase(leaf, index, replay.roots.get(leaf.base.size))
      must(replay.faults.length === 0, replay.faults.slice(0, 3).join('; '))
      return { ...replay, size: head.size }
    },
    ({ size, types }) =>
      `${size} entries, of them ${types.get('key') ?? 0} about keys; the tree has every root that is known`,
    false,
  )
  if (replayed === null) checks.notMade('later', 'the replay did not hold', false)
  else
    checks.make(
      'later',
      () => checkLater(found, replayed),
      (says) => says,
      false,
    )
  return heads
}

interface Replay {
  readonly registry: Registry
  readonly roots: ReadonlyMap<number, Uint8Array>
  readonly types: ReadonlyMap<string, number>
  /** What contradicts the pack, or breaks the rules of the log. */
  readonly faults: readonly string[]
  /** Entries behind the head of the pack that may end something. */
  readonly ending: readonly { readonly index: number; readonly leaf: Leaf }[]
}

const ENDING = new Set(['revocation', 'withdrawal', 'tombstone', 'erasure'])

function replayEntries(found: Found, tiles: Tiles, size: number, sizes: ReadonlySet<number>): Replay {
  const { origin, leaves, pack } = found
  const tree = new GrowingTree()
  const roots = new Map<number, Uint8Array>()
  const types = new Map<string, number>()
  const faults: string[] = []
  const ending: { index: number; leaf: Leaf }[] = []
  const inPack = new Set(pack.numbers('leaves', '.leaf'))
  let registry: Registry | null = null
  for (const { index, leaf } of entriesOf(tiles, size)) {
    const { type, hasCommitments } = shapeAt(leaf, origin, index)
    types.set(type, (types.get(type) ?? 0) + 1)
    must(
      (type === 'genesis') === (index === 0),
      index === 0 ? 'entry 0 is not a genesis' : `entry ${index} is a second genesis`,
    )
    if (hasCommitments) parseLeaf(leaf, origin)
    if (index === 0) registry = registryOf(parseLeaf(leaf, origin), origin)
    if (type === 'key' && registry !== null) {
      if (!inPack.has(index) && index < pack.manifest.head.size)
        faults.push(`the pack leaves out key entry ${index}`)
      registry = tryKeyEntry(registry, index, parseLeaf(leaf, origin), faults)
    }
    if (inPack.has(index) && leaves.has(index) && !sameBytes(leaf, pack.bytes(`leaves/${index}.leaf`)))
      faults.push(`entry ${index} of the tiles is not that of the pack`)
    if (index >= pack.manifest.head.size && ENDING.has(type))
      ending.push({ index, leaf: parseLeaf(leaf, origin) })
    tree.add(leafHash(leaf))
    if (sizes.has(tree.size)) roots.set(tree.size, tree.root())
  }
  if (registry === null) throw new Fault('the log of the tiles is empty')
  return { registry, roots, types, faults, ending }
}

function* entriesOf(
  tiles: Tiles,
  size: number,
): Generator<{ readonly index: number; readonly leaf: Uint8Array }> {
  for (let first = 0; first < size; first += WIDTH) {
    const width = Math.min(WIDTH, size - first)
    const bundle = tiles.bundle(first / WIDTH, width)
    if (bundle === null) throw new Missing(`the tiles lack the entries from ${first} on`)
    let at = 0
    for (let i = 0; i < width; i++) {
      must(at + 2 <= bundle.length, `the bundle of entry ${first + i} is cut off`)
      const length = (bundle[at] as number) * 256 + (bundle[at + 1] as number)
      at += 2 + length
      must(at <= bundle.length && length <= MAX_LEAF, `the bundle of entry ${first + i} is cut off`)
      yield { index: first + i, leaf: bundle.subarray(at - length, at) }
    }
    must(at === bundle.length, `the bundle from entry ${first} on holds more than its entries`)
  }
}

/** Nothing behind the pack takes back what it rests on. */
function checkLater(
  { leaves, registry: atHead, pack }: Found,
  { registry, ending, size }: Replay & { size: number },
): string {
  const from = pack.manifest.head.size
  const found: string[] = []
  for (const [index, leaf] of leaves) {
    if (leaf.kind !== 'statement') continue
    const signers = leaf.signatures.flatMap(({ name, keyId }) =>
      registry.holders.filter(({ key }) => key.name === name && key.id === keyId),
    )
    for (const signer of signers) {
      const before = atHead?.holders.find(({ key }) => key.text === signer.key.text)
      const reason = notInForce(signer, index)
      if (reason !== null && before !== undefined && notInForce(before, index) === null)
        found.push(`key ${signer.key.id}, which signed entry ${index}: ${reason}`)
      if (signer.retired !== null && signer.retired >= from)
        found.push(
          `key ${signer.key.id}, which signed entry ${index}, was retired by entry ${signer.retired}`,
        )
    }
  }
  const ids = new Map([...leaves].map(([index, { id }]) => [id, index]))
  for (const { index, leaf } of ending)
    for (const text of textsIn(leaf.members['body'] ?? null)) {
      const ended = ids.get(text)
      if (ended !== undefined) found.push(`entry ${index}, a ${leaf.type}, names entry ${ended}`)
    }
  must(found.length === 0, [...new Set(found)].slice(0, 5).join('; '))
  return `${size - from} entries behind the head of the pack; none of them ends a key or an entry that it rests on`
}

function sizesNamed({ seen, trust }: Found): number[] {
  return [...seen.keys(), ...(trust?.heads ?? []).map(({ size }) => size)]
}

function basesOf({ leaves }: Found): number[] {
  return [...leaves.values()].flatMap(({ base }) => base?.size ?? [])
}

function rebuiltHead(size: number, root: Uint8Array): ForkedHead {
  return { source: 'the tree rebuilt from the tiles', size, root: base64(root), note: null }
}

function shapeAt(leaf: Uint8Array, origin: string, index: number): ReturnType<typeof shapeOf> {
  try {
    return shapeOf(leaf, origin)
  } catch (error) {
    throw new Fault(`entry ${index}: ${error instanceof Error ? error.message : 'it could not be read'}`)
  }
}

function tryKeyEntry(registry: Registry, index: number, leaf: Leaf, faults: string[]): Registry {
  try {
    return applyKeyEntry(registry, index, leaf)
  } catch (error) {
    faults.push(
      `key entry ${index} has no effect: ${error instanceof Error ? error.message : 'it could not be read'}`,
    )
    return registry
  }
}

function* textsIn(value: Json): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null)
    for (const child of Object.values(value)) yield* textsIn(child as Json)
}
