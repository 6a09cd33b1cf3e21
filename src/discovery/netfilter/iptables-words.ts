export interface IptablesWord {
  readonly text: string
  /** Between quotation marks it is a value, whatever it begins with. */
  readonly quoted: boolean
}

/** One option with what follows it. */
export interface IptablesOption {
  readonly name: string
  readonly values: readonly string[]
  readonly not: boolean
}

/** Words as iptables-save writes them: quotation marks around what has spaces, a backslash before `"`, `\` and `'`. */
export function iptablesWords(line: string): readonly IptablesWord[] | null {
  const words: IptablesWord[] = []
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/y
  const end = line.trimEnd().length
  while (pattern.lastIndex < end) {
    const found = pattern.exec(line)
    if (found === null) return null
    const [, quoted, plain] = found
    words.push(
      quoted === undefined
        ? { text: plain ?? '', quoted: false }
        : { text: quoted.replace(/\\(.)/g, '$1'), quoted: true },
    )
  }
  return words
}
