import { printable } from './printable.ts'

/** Account names by number, from the text of `/etc/passwd`. The first line for a number wins, as in getpwuid(3). */
export function parsePasswd(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [, name, uid] = /^([^:#+-][^:]*):[^:]*:(\d{1,10}):/.exec(line) ?? []
    if (name !== undefined && !names.has(Number(uid))) names.set(Number(uid), printable(name))
  }
  return names
}
