import { decimal, sameBytes } from './bytes.ts'
import { Fault, must } from './fault.ts'
import { parseKey, type Key } from './key.ts'

/** C2SP tlog-policy (commit 5ba5ee8): which logs and witnesses are known, and who must have cosigned a checkpoint. */

export interface Policy {
  readonly logs: readonly Key[]
  readonly witnesses: readonly Key[]
  /** `none`: no cosignature is needed. */
  readonly quorum: Quorum
}

export type Quorum =
  | 'none'
  | Key
  | { readonly of: readonly Exclude<Quorum, 'none'>[]; readonly least: number }

const MAX_LINES = 32

/** Lines already split into words: `log`, `witness`, `group`, `quorum`. */
export function parsePolicy(lines: readonly (readonly string[])[]): Policy {
  const logs: Key[] = []
  const witnesses: Key[] = []
  const named = new Map<string, Exclude<Quorum, 'none'>>()
  const members = new Set<string>()
  const quorums: Quorum[] = []
  const define = (name: string, quorum: Exclude<Quorum, 'none'>) => {
    must(name !== '' && name !== 'none' && !named.has(name), `the name ${JSON.stringify(name)} is taken`)
    named.set(name, quorum)
  }
  const defined = (name: string) => {
    const quorum = named.get(name)
    if (quorum === undefined) throw new Fault(`nothing before is called ${JSON.stringify(name)}`)
    return quorum
  }
  for (const [word, ...rest] of lines) {
    if (word === 'log') {
      must(rest.length === 1 || rest.length === 2, 'a log line has a key and perhaps a URL')
      logs.push(keyOf(rest[0] as string, 'ed25519', logs))
    } else if (word === 'witness') {
      must(rest.length === 2 || rest.length === 3, 'a witness line has a name, a key and perhaps a URL')
      const key = keyOf(rest[1] as string, 'cosigner', witnesses)
      define(rest[0] as string, key)
      witnesses.push(key)
    } else if (word === 'group') {
      const [name = '', threshold = '', ...of] = rest
      for (const member of of) {
        must(!members.has(member), `${JSON.stringify(member)} is a member twice`)
        members.add(member)
      }
      define(name, { of: of.map(defined), least: leastOf(threshold, of.length) })
    } else {
      must(
        word === 'quorum' && rest.length === 1,
        `a policy has no line ${JSON.stringify(word)} of that form`,
      )
      quorums.push(rest[0] === 'none' ? 'none' : defined(rest[0] as string))
    }
  }
  const [quorum] = quorums
  must(quorum !== undefined && quorums.length === 1, 'a policy has one quorum line')
  const groups = named.size - witnesses.length
  must(
    Math.max(logs.length, witnesses.length, groups) <= MAX_LINES,
    `more than ${MAX_LINES} logs, witnesses or groups`,
  )
  return { logs, witnesses, quorum }
}

/** Whether the cosigners, by the texts of their keys, are enough. */
export function isQuorum(quorum: Quorum, cosigners: ReadonlySet<string>): boolean {
  if (quorum === 'none') return true
  if (!('of' in quorum)) return cosigners.has(quorum.text)
  return quorum.of.filter((member) => isQuorum(member, cosigners)).length >= quorum.least
}

function leastOf(threshold: string, count: number): number {
  const least = threshold === 'all' ? count : threshold === 'any' ? 1 : decimal(threshold)
  must(least >= 1 && least <= count, `a group of ${count} cannot need ${threshold}`)
  return least
}

function keyOf(text: string, kind: Key['kind'], others: readonly Key[]): Key {
  const key = parseKey(text)
  must(key.kind === kind, `key ${key.id} is of the wrong kind for its line`)
  must(!others.some((other) => sameBytes(other.bytes, key.bytes)), `key ${key.id} stands twice`)
  return key
}
