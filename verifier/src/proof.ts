import { decimal, fromBase64Hash, fromUtf8, sameBytes, utf8 } from './bytes.ts'
import { must } from './fault.ts'

/** The two texts that hold proofs. Both end in the checkpoint that they lead to, byte for byte. */

export interface TextProof {
  /** Index of the entry, or size of the older tree. */
  readonly number: number
  readonly hashes: readonly Uint8Array[]
}

const MAX_HASHES = 64

/** C2SP tlog-proof (commit 5ba5ee8): the inclusion of one entry. `extra` is not authenticated and refused. */
export function parseInclusionProof(bytes: Uint8Array, head: Uint8Array): TextProof {
  const [format, ...lines] = linesBefore(bytes, head)
  must(format === 'c2sp.org/tlog-proof@v1', 'not a tlog-proof of version 1')
  return proofIn('index', lines)
}

/** C2SP tlog-witness v1.0.0, body of an `add-checkpoint` request: the consistency of an older tree with the head. */
export function parseConsistencyProof(bytes: Uint8Array, head: Uint8Array): TextProof {
  return proofIn('old', linesBefore(bytes, head))
}

function proofIn(word: string, [first = '', ...hashes]: readonly string[]): TextProof {
  must(first.startsWith(`${word} `), `a proof without its \`${word}\` line`)
  must(hashes.length <= MAX_HASHES, `a proof of ${hashes.length} hashes`)
  return { number: decimal(first.slice(word.length + 1)), hashes: hashes.map(fromBase64Hash) }
}

function linesBefore(bytes: Uint8Array, head: Uint8Array): string[] {
  const cut = bytes.length - head.length
  must(
    cut > 0 && sameBytes(bytes.subarray(cut), head),
    'the proof leads to another checkpoint than the head of the pack',
  )
  must(
    sameBytes(bytes.subarray(Math.max(0, cut - 2), cut), utf8('\n\n')),
    'no empty line before the checkpoint of a proof',
  )
  return fromUtf8(bytes.subarray(0, cut - 2)).split('\n')
}
