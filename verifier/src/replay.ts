import type { ForkedHead, Found } from './case.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { attempt, Fault, Missing, must } from './fault.ts'
import { base64, fromUtf8, sameBytes } from './bytes.ts'
import { checkBase } from './entries.ts'
import { forkedHead, signersOf } from './history.ts'
import { holdNamesIn } from './holds.ts'
import { parseJcsFile, type Json, type JsonObject } from './jcs.ts'
import { TileComparison, type HashTiles } from './hash-tiles.ts'
import { beginningOf, IdBeginnings } from './ids.ts'
import { applyKeyEntry } from './key-entry.ts'
import { parseLeaf, shapeOf, type Leaf } from './leaf.ts'
import { GrowingTree } from './merkle.ts'
import { membersIn, MEMBER_TYPES, populationIn, type Population } from './population.ts'
import { notInForce, registryOf, type Registry } from './registry.ts'

/** The whole log, read again from its tiles: C2SP tlog-tiles (commit 5ba5ee8). */

export interface Tiles {
  /** The newest published checkpoint; null where there is none. */
  checkpoint(): Uint8Array | null
  /** The entry bundle of that index and width (1 to 256), until the next is asked for; null where there is none. */
  bundle(index: number, width: number): Uint8Array | null
  readonly hashes: HashTiles
}

const WIDTH = 256

/**
 * Rebuilds the tree, compares it with every head, and looks at what the pack leaves out and what came after it. Answers
 * the heads that the tiles have: the signed one, and what the rebuilt tree was at sizes that somebody names.
 */
export function checkReplay(found: Found, tiles: Tiles | null): readonly ForkedHead[] {
  const { checks } = found
  const heads: ForkedHead[] = []
  const replay = checks.make('replay', () => replayOf(found, tiles, heads), replayText, false)
  const sample = attempt(() => populationIn(found))
  if (replay === null) {
    const reason = tiles === null ? 'no tiles were given' : 'the replay did not hold'
    checks.notMade('later', `${reason}: that nothing was taken back later is not shown`, false)
    if (sample !== null)
      checks.notMade('population', `${reason}: that the population is complete is not shown`, false)
    return heads
  }
  checks.make(
    'later',
    () => checkLater(found, replay),
    (says) => says,
    false,
  )
  if (sample !== null)
    checks.make(
      'population',
      () => checkPopulation(sample, replay),
      (says) => says,
      false,
    )
  return heads
}

interface Replay {
  readonly size: number
  readonly registry: Registry
  readonly roots: ReadonlyMap<number, Uint8Array>
  readonly keyEntries: number
  readonly hashTiles: TileComparison
  /** What contradicts the pack, or breaks the rules of the log. */
  readonly faults: readonly string[]
  /** What entries behind the head of the pack take back of it. */
  readonly ended: readonly string[]
  /** Members of the population that the question names. */
  readonly members: readonly string[]
}

function replayOf(found: Found, tiles: Tiles | null, heads: ForkedHead[]): Replay {
  if (tiles === null) throw new Missing('no tiles were given: that the pack leaves out nothing is not shown')
  const bytes = tiles.checkpoint()
  if (bytes === null) throw new Missing('the tiles have no checkpoint')
  const head = parseCheckpoint(bytes)
  must(head.origin === found.origin, 'the tiles are of another log')
  const wanted = sizesNamed(found)
  const replay = replayEntries(found, tiles, head.size, new Set([...wanted, ...basesOf(found), head.size]))
  signersOf({ ...found, registry: replay.registry }, head)
  heads.push(forkedHead('the checkpoint of the tiles', head, bytes))
  const root = replay.roots.get(head.size) as Uint8Array
  must(sameBytes(root, head.root), 'the tree of all entries has not the root of the checkpoint')
  // From here on the log's own signature covers what the rebuilt tree was at any size.
  for (const [size, rebuilt] of replay.roots)
    if (wanted.includes(size)) heads.push(rebuiltHead(size, rebuilt))
  const missing = wanted.find((size) => size > head.size)
  must(
    missing === undefined,
    `the log had ${missing} entries, and the tiles end at ${head.size}: their tail is missing`,
  )
  for (const [index, leaf] of found.leaves)
    if (leaf.base !== null) checkBase(leaf, index, replay.roots.get(leaf.base.size))
  must(replay.faults.length === 0, replay.faults.slice(0, MOST_SAID).join('; '))
  return replay
}

function replayText({ size, keyEntries, hashTiles }: Replay): string {
  const { same, missing } = hashTiles
  const compared = `${same} hash tiles are the tree's${missing > 0 ? `, ${missing} are not there` : ''}`
  return `${size} entries, of them ${keyEntries} about keys, no id twice; the tree has every root that is known; ${compared}`
}

const ENDING = ['revocation', 'withdrawal', 'tombstone', 'erasure']

function replayEntries(found: Found, tiles: Tiles, size: number, sizes: ReadonlySet<number>): Replay {
  const { origin, leaves, pack } = found
  const headSize = pack.manifest.head.size
  const tree = new GrowingTree()
  const hashTiles = new TileComparison(tiles.hashes)
  const filled = (level: number, root: string) => hashTiles.add(level, root)
  const ids = new IdBeginnings()
  const roots = new Map<number, Uint8Array>()
  const faults: string[] = []
  const ended: string[] = []
  const members: string[] = []
  const inPack = new Set(pack.numbers('leaves', '.leaf'))
  const indexOfId = new Map([...leaves].map(([index, { id }]) => [id, index]))
  const sample = attempt(() => populationIn(found))
  const holds = attempt(() => holdNamesIn(parseJcsFile(pack.bytes('answer.json')))) ?? new Set()
  const memberTypes = MEMBER_TYPES[sample?.question.population ?? ''] ?? []
  let registry: Registry | null = null
  let keyEntries = 0
  for (const leaf of entriesOf(tiles, size)) {
    const index = tree.size
    const { type, hasCommitments, idAt } = shapeAt(leaf, origin, index)
    ids.add(leaf, idAt)
    if ((type === 'genesis') !== (index === 0))
      throw new Fault(`entry ${index} is a genesis, or entry 0 is none`)
    if (hasCommitments) parseLeaf(leaf, origin)
    if (registry === null) registry = registryOf(parseLeaf(leaf, origin), origin)
    if (type === 'key') {
      keyEntries++
      if (!inPack.has(index) && index < headSize) faults.push(`the pack leaves out key entry ${index}`)
      registry = tryKeyEntry(registry, index, parseLeaf(leaf, origin), faults)
    }
    if (type === 'hold' && index < headSize && !inPack.has(index)) {
      const { act, hold } = parseLeaf(leaf, origin).members['body'] as JsonObject
      if (act === 'release' && typeof hold === 'string' && holds.has(hold))
        faults.push(`the pack leaves out entry ${index}, a word on the hold ${hold}`)
    }
    if (leaves.has(index) && !sameBytes(leaf, pack.bytes(`leaves/${index}.leaf`)))
      faults.push(`entry ${index} of the tiles is not that of the pack`)
    if (index >= headSize && ENDING.includes(type))
      ended.push(...endedBy(index, parseLeaf(leaf, origin), indexOfId))
    if (sample !== null && memberTypes.includes(type) && index < (sample.frozen ?? headSize))
      members.push(...membersIn(sample.question, index, parseLeaf(leaf, origin)))
    tree.add(leaf, filled)
    if (sizes.has(tree.size)) roots.set(tree.size, tree.root())
  }
  if (registry === null) throw new Fault('the log of the tiles is empty')
  hashTiles.end()
  if (hashTiles.fault !== null) faults.push(hashTiles.fault)
  faults.push(...repeatedIds(tiles, size, origin, ids.repeated()))
  return { size, registry, roots, keyEntries, hashTiles, faults, ended, members }
}

/** As many faults are said; a log made to repeat itself a million times would only be longer. */
const MOST_SAID = 3

/** Reads the log again for ids whose beginnings stand twice; mostly there is none. */
function repeatedIds(tiles: Tiles, size: number, origin: string, suspects: ReadonlySet<number>): string[] {
  if (suspects.size === 0) return []
  const first = new Map<string, number>()
  const faults: string[] = []
  let index = 0
  for (const leaf of entriesOf(tiles, size)) {
    const { idAt } = shapeAt(leaf, origin, index)
    if (suspects.has(beginningOf(leaf, idAt))) {
      const id = fromUtf8(leaf.subarray(idAt, idAt + 32))
      const before = first.get(id)
      if (before === undefined) first.set(id, index)
      else faults.push(`entry ${index} has the id of entry ${before}`)
      if (faults.length === MOST_SAID) break
    }
    index++
  }
  return faults
}

/** An entry is there until the next one is asked for: bundles may be read into one place. */
function* entriesOf(tiles: Tiles, size: number): Generator<Uint8Array> {
  for (let first = 0; first < size; first += WIDTH) {
    const width = Math.min(WIDTH, size - first)
    const bundle = tiles.bundle(first / WIDTH, width)
    if (bundle === null) throw new Missing(`the tiles lack the entries from ${first} on`)
    let at = 0
    for (let i = 0; i < width; i++) {
      const start = at + 2
      at = start + (bundle[at] ?? 0) * 256 + (bundle[at + 1] ?? 0)
      if (at > bundle.length) throw new Fault(`the bundle of entry ${first + i} is cut off`)
      yield bundle.subarray(start, at)
    }
    must(at === bundle.length, `the bundle from entry ${first} on holds more than its entries`)
  }
}

/** Nothing behind the pack takes back what it rests on. A key that was only retired signed rightly while it was not. */
function checkLater({ leaves, registry: atHead, pack }: Found, { registry, ended, size }: Replay): string {
  const taken = [...ended]
  const retired = new Set<string>()
  for (const [index, leaf] of leaves)
    for (const { name, keyId } of leaf.signatures) {
      const now = registry.holders.find(({ key }) => key.name === name && key.id === keyId)
      const then = atHead?.holders.find(({ key }) => key.text === now?.key.text)
      if (now === undefined || then === undefined) continue
      const reason = notInForce(now, index)
      if (reason !== null && notInForce(then, index) === null)
        taken.push(`key ${keyId}, which signed entry ${index}: ${reason}`)
      if (now.retired !== null && then.retired === null)
        retired.add(`key ${keyId} was retired by entry ${now.retired}`)
    }
  must(taken.length === 0, taken.slice(0, 5).join('; '))
  const after = `${size - pack.manifest.head.size} entries behind the head of the pack take nothing of it back`
  return [after, ...retired].join('; ')
}

/** An entry that ends another names it by its id, anywhere in its body. */
function endedBy(index: number, leaf: Leaf, indexOfId: ReadonlyMap<string, number>): string[] {
  return [...textsIn(leaf.members['body'] ?? null)].flatMap((text) => {
    const ended = indexOfId.get(text)
    return ended === undefined ? [] : [`entry ${index}, a ${leaf.type}, names entry ${ended}`]
  })
}

function checkPopulation({ question, items }: Population, { members }: Replay): string {
  if (question.population === 'places')
    throw new Missing('entries alone do not say which places are in scope')
  const given = new Set(items)
  const lacking = members.find((member) => !given.has(member))
  must(lacking === undefined, `the population lacks ${lacking}`)
  const own = new Set(members)
  const added = items.find((item) => !own.has(item))
  must(added === undefined, `${JSON.stringify(added)} does not belong to the population`)
  return `all ${items.length} items of the log that the question names, and no others`
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
