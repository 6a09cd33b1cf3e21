/**
 * JSON text with the members of every object in order of their names: a row that was folded from a draft and one
 * that was folded from its leaf, where JCS has sorted them, are the same text, so that `fingerprint` need not parse.
 */
export function bodyText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(bodyText).join(',')}]`
  let text = ''
  for (const name of Object.keys(value).sort()) {
    const member = (value as Readonly<Record<string, unknown>>)[name]
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${bodyText(member)}`
  }
  return `{${text}}`
}
