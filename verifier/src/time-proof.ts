import type { Found } from './case.ts'
import { Fault, Missing, must } from './fault.ts'
import { count, exactly, instant, text } from './form.ts'
import { hex } from './bytes.ts'
import type { Json, JsonObject } from './jcs.ts'
import { sha256 } from './runtime.ts'

/** Times that somebody else than the log vouches for: docs/formats/evidence-pack-v1.md, "Answer". */

export interface TimeProof {
  readonly at: string
  readonly by: 'cosignature' | 'timestamp' | 'anchor'
  /** A witness' key name, `<size>.<n>`, or an index. */
  readonly name: string
  readonly size: number
}

export function timeProofIn(value: Json | undefined): TimeProof {
  const { at, by, size } = exactly(value, 'at by size')
  const [kind = '', name = '', ...more] = text(by).split(' ')
  must(more.length === 0 && name !== '', 'a time proof that does not say by what')
  if (kind !== 'cosignature' && kind !== 'timestamp' && kind !== 'anchor')
    throw new Fault(`a time cannot be proven by ${JSON.stringify(kind)}`)
  return { at: instant(at), by: kind, name, size: count(size) }
}

/** Finds the evidence that the answer names, and compares the time. */
export function checkTimeProof(found: Found, value: JsonObject): void {
  const label = `time ${JSON.stringify(value['by'])} at ${JSON.stringify(value['size'])}`
  const work = () => {
    const proof = timeProofIn(value)
    const time = provenTime(found, proof)
    must(
      new Date(time).toISOString() === proof.at,
      `the answer says ${proof.at}, the evidence ${new Date(time).toISOString()}`,
    )
    return proof.at
  }
  found.checks.make(label, work, (at) => at, false)
}

/** Milliseconds since 1970. */
function provenTime(found: Found, { by, name, size }: TimeProof): number {
  if (by === 'cosignature') return cosignedTime(found, name, size)
  if (by === 'timestamp') return stampedTime(found, name, size)
  const index = Number(name)
  const anchor = anchorsOf(found).find((one) => one.index === index)
  if (anchor === undefined)
    throw new Missing(`entry ${name} anchors no timestamp of this pack that leads to a root`)
  must(anchor.size === size, `entry ${name} anchors a timestamp of another checkpoint`)
  return anchor.time
}

export interface Anchor {
  readonly index: number
  readonly size: number
  readonly time: number
}

/** Entries that hold the hash of a token of this pack: nobody knew it before the token was made. */
export function anchorsOf({ leaves, pack, stamps }: Found): Anchor[] {
  const tokens = new Map(
    [...stamps].map(([name, stamp]) => [hex(sha256(pack.bytes(`timestamps/${name}.tsr`))), stamp] as const),
  )
  return [...leaves].flatMap(([index, leaf]) => {
    if (leaf.type !== 'anchor') return []
    const token = (leaf.members['body'] as JsonObject)['token_sha256']
    const stamp = typeof token === 'string' ? tokens.get(token) : undefined
    return stamp === undefined ? [] : [{ index, ...stamp }]
  })
}

function cosignedTime({ seen, trust }: Found, name: string, size: number): number {
  if (trust === null || !trust.witnesses.some((witness) => witness.name === name))
    throw new Missing(`no trust file names the witness ${name}`)
  const cosignature = seen.get(size)?.cosignatures.find(({ witness }) => witness.name === name)
  if (cosignature === undefined)
    throw new Missing(`${name} did not cosign a checkpoint of ${size} entries in this pack`)
  return cosignature.time * 1000
}

function stampedTime({ stamps }: Found, name: string, size: number): number {
  const stamp = stamps.get(name)
  if (stamp === undefined) throw new Missing(`timestamp ${name} is not there, or leads to no root`)
  must(stamp.size === size, `timestamp ${name} is of another checkpoint`)
  return stamp.time
}
