/** A text, or why the bytes are none. */
export type Decoded = { readonly text: string } | { readonly reason: string }

/** Decodes UTF-8, with or without a byte order mark; other encodings are named and refused, never guessed. */
export function decodeUtf8(bytes: Uint8Array): Decoded {
  const other = otherEncoding(bytes)
  if (other !== null) return { reason: `it is ${other}: save it as UTF-8` }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    // The decoder throws a TypeError for bytes, a RangeError for memory.
    if (!(error instanceof TypeError)) throw error
    return { reason: `invalid UTF-8 at ${placeOf(bytes, firstInvalid(bytes))}` }
  }
}

function otherEncoding(bytes: Uint8Array): string | null {
  const [a, b, c, d] = bytes
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
    return 'UTF-32'
  return (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) ? 'UTF-16' : null
}

/** What stands before it is valid, so its lines and characters can be counted. */
function placeOf(bytes: Uint8Array, offset: number): string {
  const before = new TextDecoder().decode(bytes.subarray(0, offset))
  const lines = before.split('\n')
  return `line ${lines.length}, column ${Array.from(lines.at(-1) ?? '').length + 1} (byte ${offset})`
}

/** Offset of the first byte that begins no valid sequence. */
function firstInvalid(bytes: Uint8Array): number {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  let offset = 0
  let from = 0
  // U+FFFD may stand in the file itself; it is a replacement only where its own three bytes are not there.
  for (let at = text.indexOf('\uFFFD'); at >= 0; at = text.indexOf('\uFFFD', from)) {
    offset += Buffer.byteLength(text.slice(from, at))
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return offset
    offset += 3
    from = at + 1
  }
  throw new Error('the bytes are valid UTF-8')
}
