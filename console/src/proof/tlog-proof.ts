/** A C2SP tlog-proof as its text says it; nothing in it is checked yet. */
export interface TlogProof {
  readonly index: number
  /** Hashes beside the path, from the leaf up; base64. */
  readonly hashes: readonly string[]
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: string }
  /** Who signed the checkpoint: names and the first eight hexadecimal digits of each key's hash. */
  readonly signatures: readonly NoteSigner[]
}

export interface NoteSigner {
  readonly name: string
  readonly keyId: string
}

/** Null for what is not a proof. */
export function readTlogProof(text: string): TlogProof | null {
  const [head = '', ...rest] = text.split('\n\n')
  const [version, position = '', ...hashes] = head.split('\n')
  const index = /^index (0|[1-9]\d{0,15})$/.exec(position)?.[1]
  const [origin = '', size = '', root = ''] = (rest[0] ?? '').split('\n')
  if (version !== 'c2sp.org/tlog-proof@v1' || index === undefined || !/^[1-9]\d{0,15}$/.test(size))
    return null
  const checkpoint = { origin, size: Number(size), root }
  return { index: Number(index), hashes, checkpoint, signatures: signersOf(rest.join('\n\n')) }
}

/** Who signed a C2SP signed note, as its lines say; the signatures are not verified. */
export function signersOf(note: string): readonly NoteSigner[] {
  const lines = note.slice(note.lastIndexOf('\n\n') + 2).split('\n')
  return lines.flatMap((line) => {
    const [, name = '', signature = ''] = /^\u2014 (\S+) ([A-Za-z0-9+/]{8,}={0,2})$/.exec(line) ?? []
    return name === '' ? [] : [{ name, keyId: hexOf(bytesOf(signature.slice(0, 8)).slice(0, 4)) }]
  })
}

/** Leaves `from` to `until`, which is not included, as one subtree. */
export interface Span {
  readonly from: number
  readonly until: number
}

export interface Step {
  /** The subtree beside the path, and on which side of it. */
  readonly sibling: Span
  readonly side: 'left' | 'right'
  readonly given: string
  /** The subtree over both, and its hash as computed here. */
  readonly above: Span
  readonly computed: string
}

export interface Climb {
  readonly leafHash: string
  readonly steps: readonly Step[]
  /** Where the path ends: the root, if everything is as it should be. */
  readonly root: string
  readonly isRoot: boolean
}

/**
 * Climbs from the leaf to the root (RFC 6962, sections 2.1 and 2.1.1) with the browser's own SHA-256. `isRoot` is
 * false for another leaf, for another path, and for hashes that are too many or too few.
 */
export async function climb(leaf: string, { index, hashes, checkpoint }: TlogProof): Promise<Climb> {
  const leafHash = await sha256(Uint8Array.of(0), new TextEncoder().encode(leaf))
  const path = pathTo(index, checkpoint.size)
  const steps: Step[] = []
  let hash = leafHash
  for (const [n, { sibling, side, above }] of path.entries()) {
    const given = hashes[n]
    if (given === undefined) break
    const beside = bytesOf(given)
    hash = side === 'left' ? await sha256(NODE, beside, hash) : await sha256(NODE, hash, beside)
    steps.push({ sibling, side, given, above, computed: textOf(hash) })
  }
  const root = textOf(hash)
  const isWhole = index < checkpoint.size && hashes.length === path.length
  return { leafHash: textOf(leafHash), steps, root, isRoot: isWhole && root === checkpoint.root }
}

const NODE = Uint8Array.of(1)

/** From the leaf up: what lies beside the path at each level. */
function pathTo(index: number, size: number): readonly Pick<Step, 'sibling' | 'side' | 'above'>[] {
  const path: Pick<Step, 'sibling' | 'side' | 'above'>[] = []
  let above: Span = { from: 0, until: size }
  while (index < above.until && above.until - above.from > 1) {
    const split = above.from + splitOf(above.until - above.from)
    const [left, right] = [
      { from: above.from, until: split },
      { from: split, until: above.until },
    ]
    const isLeft = index < split
    path.unshift({ sibling: isLeft ? right : left, side: isLeft ? 'right' : 'left', above })
    above = isLeft ? left : right
  }
  return path
}

/** Largest power of two below the length. */
function splitOf(length: number): number {
  let split = 1
  while (2 * split < length) split *= 2
  return split
}

async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

/** What is no base64 has no bytes, and then leads to no root. */
function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (mark) => mark.charCodeAt(0))
  } catch {
    return new Uint8Array()
  }
}

function textOf(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
