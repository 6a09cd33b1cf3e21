import { isAlias, isMap, isScalar, isSeq, Scalar } from 'yaml'
import type { Alias, LineCounter, Node, Pair, YAMLMap } from 'yaml'
import type { Span } from '../../model/source.ts'
import type { Faults } from './faults.ts'

/** A node of a YAML document, with the text it stands in. Read as far as asked for, and no further. */
export interface YamlNode {
  readonly node: Node
  readonly source: YamlSource
}

export interface YamlSource {
  readonly file: string
  readonly lines: LineCounter
  readonly targets: ReadonlyMap<Alias, Node>
  readonly faults: Faults
  readonly tables: WeakMap<Node, MappingTable>
}

/** The values of one mapping by key, merge keys (`<<`) followed. */
export type MappingTable = ReadonlyMap<string, Node>

/** The value of `key`; null where the mapping has none, or has it empty. Anything but a mapping is a fault. */
export function member(of: YamlNode, key: string): YamlNode | null {
  const value = table(of)?.get(key)
  return value === undefined || (isScalar(value) && value.value === null)
    ? null
    : { node: value, source: of.source }
}

/** Every key of a mapping with its value, in the order of the text. */
export function members(of: YamlNode): readonly (readonly [string, YamlNode])[] {
  return [...(table(of) ?? [])].map(([key, node]) => [key, { node, source: of.source }])
}

/** The items of a list; anything but a list is a fault. */
export function items(of: YamlNode | null): readonly YamlNode[] {
  if (of === null) return []
  const node = target(of)
  if (isSeq(node)) return node.items.map((item) => ({ node: item as Node, source: of.source }))
  if (!isNothing(of)) fault(of, 'expected a list')
  return []
}

export function isList(of: YamlNode): boolean {
  return isSeq(target(of))
}

export function isMapping(of: YamlNode): boolean {
  return isMap(target(of))
}

export function isNothing(of: YamlNode): boolean {
  const node = target(of)
  return isScalar(node) && node.value === null
}

/** A scalar as it was written, so that `022` and `1e3` are not changed by being read as numbers. */
export function text(of: YamlNode | null): string | null {
  if (of === null) return null
  const node = target(of)
  if (!isScalar(node)) {
    fault(of, 'expected a single value')
    return null
  }
  if (node.value === null) return null
  return typeof node.value === 'string' ? node.value : (node.source ?? JSON.stringify(node.value))
}

export function isTrue(of: YamlNode | null): boolean {
  return text(of) === 'true'
}

/** A custom tag: compose's `!reset` and `!override`. */
export function tag(of: YamlNode): string | null {
  return of.node.tag ?? null
}

export function spanOf(of: YamlNode): Span {
  return { file: of.source.file, line: positionOf(of).line }
}

export function fault(of: YamlNode, message: string, hint: string | null = null): void {
  const { line, col } = positionOf(of)
  of.source.faults.add(line, col, message, hint)
}

function positionOf(of: YamlNode): { readonly line: number; readonly col: number } {
  return of.source.lines.linePos(of.node.range?.[0] ?? 0)
}

function target(of: YamlNode): Node | undefined {
  return isAlias(of.node) ? of.source.targets.get(of.node) : of.node
}

function table(of: YamlNode): MappingTable | null {
  const node = target(of)
  if (isMap(node)) return tableOf(node, of.source)
  if (!isNothing(of)) fault(of, 'expected a mapping')
  return null
}

function tableOf(map: YAMLMap, source: YamlSource): MappingTable {
  const known = source.tables.get(map)
  if (known !== undefined) return known
  const made = new Map<string, Node>()
  const merged: Node[] = []
  for (const pair of map.items as readonly Pair<Node, Node | null>[]) {
    if (isMergeKey(pair.key) && pair.value !== null) merged.push(pair.value)
    else enter(made, pair, source)
  }
  for (const value of merged) merge(made, { node: value, source })
  source.tables.set(map, made)
  return made
}

function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN'
}

function enter(made: Map<string, Node>, { key, value }: Pair<Node, Node | null>, source: YamlSource): void {
  const name = text({ node: key, source })
  if (name === null) return
  if (made.has(name)) fault({ node: key, source }, `"${clip(name)}" stands here twice`, 'keep one of the two')
  made.set(name, value ?? emptyAt(key))
}

/** `{ web }` has a key without a value. */
function emptyAt(key: Node): Node {
  const empty = new Scalar(null)
  empty.range = key.range ?? null
  return empty
}

/** https://yaml.org/type/merge.html: own keys win, then the first of several merged mappings. */
function merge(made: Map<string, Node>, from: YamlNode): void {
  const mappings = isList(from) ? items(from) : [from]
  for (const mapping of mappings) {
    for (const [key, node] of table(mapping) ?? []) if (!made.has(key)) made.set(key, node)
  }
}

/** A text from a source, short enough to show. */
export function clip(shown: string): string {
  return shown.length > 120 ? `${shown.slice(0, 119)}…` : shown
}
