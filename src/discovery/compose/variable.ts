/**
 * Interpolation (https://docs.docker.com/reference/compose-file/interpolation/). What a variable holds is decided
 * where the project runs, even if the file names a default: the text is kept, never the guess.
 */

/** `$$` is how a file writes a dollar sign that is none. */
export function hasVariable(text: string): boolean {
  return /\$[{A-Za-z_]/.test(text.replaceAll('$$', ''))
}

/** Splits at `separator` where it does not stand inside `${…}`: `${IP:-::1}:80` has two parts. */
export function splitOutside(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text.startsWith('${', i)) depth++
    else if (text[i] === '}' && depth > 0) depth--
    else if (text[i] === separator && depth === 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  return [...parts, text.slice(start)]
}
