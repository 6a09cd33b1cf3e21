/**
 * A name that somebody on an observed host chose. Control characters and direction overrides in it would speak to
 * the reader's terminal, not to the reader: each becomes U+FFFD.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD')
}
