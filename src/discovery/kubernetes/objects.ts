import { fault, isMapping, items, member, members, text } from '../yaml/nodes.ts'
import type { YamlNode } from '../yaml/nodes.ts'

/** One object of a manifest, named. */
export interface KubernetesObject {
  /** API group without version; empty for the core group. */
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly root: YamlNode
}

/** The objects of a document; lists (`kind: List`, `ServiceList` …) are opened, lists in lists too. */
export function* objectsOf(root: YamlNode, inherited?: Inherited): Generator<KubernetesObject> {
  if (!isMapping(root)) return
  const apiVersion = text(member(root, 'apiVersion')) ?? inherited?.apiVersion ?? ''
  const kind = text(member(root, 'kind')) ?? inherited?.kind ?? ''
  const listed = kind.endsWith('List') ? member(root, 'items') : null
  if (listed !== null) {
    const typed = kind === 'List' ? undefined : { apiVersion, kind: kind.slice(0, -'List'.length) }
    for (const item of items(listed)) yield* objectsOf(item, typed)
  } else if (member(root, '$patch') !== null) {
    // A kustomize patch that deletes or replaces: what it names is not an object here.
    yield { group: 'kustomize', kind: `${kind} patch`, ...identityOf(root), root }
  } else if (kind !== '') {
    yield { group: groupOf(apiVersion), kind, ...identityOf(root), root }
  }
}

/** Items of a typed list may leave out what the list says. */
interface Inherited {
  readonly apiVersion: string
  readonly kind: string
}

/** `spec` of an object, by a path of keys; null where a step is missing. */
export function at(of: YamlNode | null, ...path: readonly string[]): YamlNode | null {
  let node = of
  for (const key of path) node = node === null ? null : member(node, key)
  return node
}

/** A mapping of texts: labels, selectors, annotations. */
export function textsOf(of: YamlNode | null): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of of === null ? [] : members(of)) found.set(key, text(value) ?? '')
  return found
}

/** A port number 1 to 65535; null where it is not written. Anything else is a fault. */
export function portNumber(of: YamlNode | null): number | null {
  const written = text(of)
  if (of === null || written === null || written === '') return null
  const number = Number(written)
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number
  fault(of, `"${written.slice(0, 40)}" is not a port number`, 'a port is 1 to 65535')
  return null
}

/** As `portNumber`, where it is a fault to leave it out. */
export function requiredPort(of: YamlNode, key: string): number | null {
  const written = at(of, key)
  if (written === null) fault(of, `"${key}" is missing`)
  return portNumber(written)
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
}

function identityOf(root: YamlNode): { namespace: string; name: string } {
  const metadata = member(root, 'metadata')
  const generated = text(at(metadata, 'generateName'))
  return {
    namespace: text(at(metadata, 'namespace')) ?? 'default',
    name: text(at(metadata, 'name')) ?? (generated === null ? 'unnamed' : `${generated}*`),
  }
}
