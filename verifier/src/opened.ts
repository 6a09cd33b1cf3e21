import { compareBytes, concat, fromBase64, sameBytes, u16, u32, utf8 } from './bytes.ts'
import type { Case } from './case.ts'
import { Missing, must } from './fault.ts'
import { count, exactly, list, text } from './form.ts'
import { MAX_DEPTH, parseJcs, parseJcsFile, type Json } from './jcs.ts'
import { pathOf } from './pointer.ts'
import { sha256 } from './runtime.ts'

/** Disclosed values: docs/formats/evidence-pack-v1.md, "Opened values". */

interface Opened {
  readonly leaf: number
  readonly pointer: string
  readonly salt: Uint8Array
  readonly value: string
}

/** Values that their entry commits to, by index and pointer. */
export function checkOpened(found: Case): ReadonlyMap<number, ReadonlyMap<string, Json>> {
  const opened = new Map<number, ReadonlyMap<string, Json>>()
  if (!found.pack.has('opened.json')) return opened
  const values = readOpened(found)
  for (const [index, ofLeaf] of Map.groupBy(values ?? [], ({ leaf }) => leaf)) {
    const work = () => new Map(ofLeaf.map((one) => [one.pointer, openOne(found, one)]))
    const withheld = (found.leaves.get(index)?.commitments.length ?? 0) - ofLeaf.length
    const values = found.checks.make(
      `opened ${index}`,
      work,
      ({ size }) => `${size} values disclosed, ${withheld} withheld`,
    )
    if (values !== null) opened.set(index, values)
  }
  return opened
}

function readOpened({ checks, pack }: Case): readonly Opened[] | null {
  const work = () => {
    const { values } = exactly(parseJcsFile(pack.bytes('opened.json')), 'values')
    const all = list(values).map((one) => {
      const { leaf, p, salt, value } = exactly(one, 'leaf p salt value')
      const opened = {
        leaf: count(leaf),
        pointer: text(p),
        salt: fromBase64(text(salt)),
        value: text(value, 65_535),
      }
      must(opened.salt.length === 32, 'a salt has 32 bytes')
      return opened
    })
    for (const [i, one] of all.entries())
      must(i === 0 || isBefore(all[i - 1] as Opened, one), 'the values are not in order')
    return all
  }
  const before = checks.all.length
  const values = checks.make('opened', work, String)
  if (values !== null) checks.all.splice(before)
  return values
}

function openOne({ leaves }: Case, { leaf: index, pointer, salt, value }: Opened): Json {
  const leaf = leaves.get(index)
  if (leaf === undefined) throw new Missing(`entry ${index} is not there, or does not hold`)
  const commitment = leaf.commitments.find((one) => one.pointer === pointer)
  must(commitment !== undefined, `entry ${index} commits to nothing at ${pointer}`)
  const [path, content] = [utf8(pointer), utf8(value)]
  const input = concat(DOMAIN, salt, u16(path.length), path, u32(content.length), content)
  must(
    sameBytes(sha256(input), commitment.digest),
    `the value at ${pointer} is not the one that was committed to`,
  )
  return parseJcs(content, MAX_DEPTH - 1 - pathOf(pointer).length)
}
const DOMAIN = utf8('portreeve.dev/commit/v1\u0000')

function isBefore(a: Opened, b: Opened): boolean {
  return a.leaf < b.leaf || (a.leaf === b.leaf && compareBytes(utf8(a.pointer), utf8(b.pointer)) < 0)
}
