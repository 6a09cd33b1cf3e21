import { isEnrollable } from '../lib/ed25519.ts'
import { NoteError, parseNoteKey } from '../lib/signed-note.ts'
import { Refusal } from '../model/refusal.ts'
import { type Cosigner, parseCosignerKey } from './cosignature.ts'

/** C2SP tlog-policy (commit 5ba5ee8): which logs, which witnesses, and which of these must have cosigned. */
export interface TrustPolicy {
  readonly logs: readonly PolicyLog[]
  readonly witnesses: readonly PolicyWitness[]
  readonly groups: readonly PolicyGroup[]
  /** Name of a witness or group; null: `none`. */
  readonly quorum: string | null
}

export interface PolicyLog {
  readonly key: string
  readonly url: string | null
}

export interface PolicyWitness extends Cosigner {
  /** What the policy calls it; `name` is that of its key. */
  readonly alias: string
  readonly key: string
  readonly url: string | null
}

export interface PolicyGroup {
  readonly alias: string
  readonly threshold: number
  readonly members: readonly string[]
}

/** A book that nobody outside watches. */
export const NO_WITNESS: TrustPolicy = { logs: [], witnesses: [], groups: [], quorum: null }

const MAX_POLICY = 65_536
/** The specification asks for this many at least. */
const MOST = 32
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/

/** Reads a policy file; `file` is what faults call it. Throws `Refusal('bad-input')` with the line of each fault. */
export function parseTrustPolicy(text: string, file: string): TrustPolicy {
  if (text.length > MAX_POLICY) throw refuse(file, 0, 'it is too large')
  const draft: Draft = { logs: [], witnesses: [], groups: [], quorum: undefined, used: new Set() }
  for (const [n, line] of text.split('\n').entries()) {
    if (CONTROL.test(line)) throw refuse(file, n + 1, 'a control character')
    const words = line.split(/[ \t]+/).filter((word) => word !== '')
    if (words.length === 0 || words[0]?.startsWith('#') === true) continue
    const fault = addLine(draft, words)
    if (fault !== null) throw refuse(file, n + 1, fault)
  }
  const { quorum, logs, witnesses, groups } = draft
  if (quorum === undefined) throw refuse(file, 0, 'there is no quorum line')
  return { logs, witnesses, groups, quorum }
}

/** Whether the witnesses of these policy names are a quorum. */
export function isQuorum(policy: TrustPolicy, cosigned: ReadonlySet<string>): boolean {
  const groups = new Map(policy.groups.map((group) => [group.alias, group]))
  const witnessed = (name: string): boolean => {
    const group = groups.get(name)
    if (group === undefined) return cosigned.has(name)
    return group.members.filter(witnessed).length >= group.threshold
  }
  return policy.quorum === null || witnessed(policy.quorum)
}

/** The lines of the policy but those of logs, as a trust file holds them. */
export function policyLines({ witnesses, groups, quorum }: TrustPolicy): string[] {
  return [
    ...witnesses.map(({ alias, key, url }) => ['witness', alias, key, url ?? ''].join(' ').trimEnd()),
    ...groups.map(({ alias, threshold, members }) => ['group', alias, threshold, ...members].join(' ')),
    `quorum ${quorum ?? 'none'}`,
  ]
}

interface Draft {
  readonly logs: PolicyLog[]
  readonly witnesses: PolicyWitness[]
  readonly groups: PolicyGroup[]
  quorum: string | null | undefined
  /** Names that are members of a group: each counts in one way only. */
  readonly used: Set<string>
}

function addLine(draft: Draft, [word, ...rest]: readonly string[]): string | null {
  switch (word) {
    case 'log':
      return addLog(draft, rest)
    case 'witness':
      return addWitness(draft, rest)
    case 'group':
      return addGroup(draft, rest)
    case 'quorum':
      return setQuorum(draft, rest)
    default:
      return `${JSON.stringify(word)} begins no line of a policy`
  }
}

function addLog({ logs }: Draft, [key = '', url, ...more]: readonly string[]): string | null {
  if (more.length > 0 || logs.length === MOST) return 'too much'
  const publicKey = keyIn(() => parseNoteKey(key).publicKey)
  if (typeof publicKey === 'string') return publicKey
  if (!isEnrollable(publicKey)) return 'a key of low order, or not in its one encoding'
  if (logs.some((log) => sameKey(parseNoteKey(log.key).publicKey, publicKey)))
    return 'this key is there already'
  logs.push({ key, url: url ?? null })
  return null
}

function addWitness(draft: Draft, [alias = '', key = '', url, ...more]: readonly string[]): string | null {
  if (more.length > 0 || draft.witnesses.length === MOST) return 'too much'
  if (isDefined(draft, alias)) return `${alias} is defined already`
  const cosigner = keyIn(() => parseCosignerKey(key))
  if (typeof cosigner === 'string') return cosigner
  if (draft.witnesses.some(({ publicKey }) => sameKey(publicKey, cosigner.publicKey)))
    return 'this key is there already'
  if (url !== undefined && !isWeb(url)) return `${url} is not an http or https URL`
  draft.witnesses.push({ ...cosigner, alias, key, url: url ?? null })
  return null
}

function addGroup(draft: Draft, [alias = '', least = '', ...members]: readonly string[]): string | null {
  if (draft.groups.length === MOST) return 'too many groups'
  if (alias === '' || isDefined(draft, alias)) return `${alias} is defined already`
  if (members.length === 0) return 'a group has members'
  const stranger = members.find((name) => name === 'none' || !isDefined(draft, name))
  if (stranger !== undefined) return `${stranger} is not defined before this line`
  const twice = members.find((name, n) => draft.used.has(name) || members.indexOf(name) !== n)
  if (twice !== undefined) return `${twice} is a member twice`
  const threshold = least === 'all' ? members.length : least === 'any' ? 1 : decimal(least)
  if (!(threshold >= 1 && threshold <= members.length)) return `${least} is no number of its members`
  for (const name of members) draft.used.add(name)
  draft.groups.push({ alias, threshold, members })
  return null
}

function setQuorum(draft: Draft, [name = '', ...more]: readonly string[]): string | null {
  if (more.length > 0 || draft.quorum !== undefined) return 'there is one quorum, of one name'
  if (name !== 'none' && !isDefined(draft, name)) return `${name} is not defined before this line`
  draft.quorum = name === 'none' ? null : name
  return null
}

function isDefined({ witnesses, groups }: Draft, name: string): boolean {
  return name === 'none' || [...witnesses, ...groups].some(({ alias }) => alias === name)
}

function keyIn<T>(read: () => T): T | string {
  try {
    return read()
  } catch (error) {
    if (error instanceof NoteError) return error.message
    throw error
  }
}

function isWeb(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
}

function decimal(text: string): number {
  return /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : NaN
}

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

function refuse(file: string, line: number, reason: string): Refusal {
  const at = line === 0 ? null : { file, line, column: 1 }
  return new Refusal('bad-input', `${file} is not a witness policy: ${reason}`, {
    hint: 'the form is that of C2SP tlog-policy: docs/guide/operations.md has an example',
    faults: [{ message: reason, position: at, hint: null }],
  })
}
