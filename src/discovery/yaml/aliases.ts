import { isAlias, isCollection, isPair } from 'yaml'
import type { Alias, LineCounter, Node } from 'yaml'
import type { Faults } from './faults.ts'

/** As many values as go-yaml lets a document decode before it measures the share that aliases make of them. */
const MOST_ALIASED = 400_000

/**
 * What each alias of a document stands for. Every alias that passes here is finite and the document is small when
 * all of them are written out, so that readers may follow them without counting: a cycle, and a text that
 * multiplies itself (the "billion laughs"), are faults.
 */
export function aliasTargets(root: Node, faults: Faults, lines: LineCounter): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, { readonly node: Node; size: number | null }>()
  const targets = new Map<Alias, Node>()
  let aliased = 0

  const fail = (alias: Alias, message: string): number => {
    const { line, col } = lines.linePos(alias.range?.[0] ?? 0)
    faults.add(line, col, message, 'write the values out where they are meant')
    return 1
  }

  const follow = (alias: Alias): number => {
    const anchor = anchors.get(alias.source)
    if (anchor === undefined) return fail(alias, `the alias *${alias.source} has no anchor before it`)
    if (anchor.size === null) return fail(alias, `the alias *${alias.source} stands inside what it repeats`)
    aliased += anchor.size
    if (aliased > MOST_ALIASED + anchor.size) return 1
    if (aliased > MOST_ALIASED) return fail(alias, `aliases repeat more than ${MOST_ALIASED} values`)
    targets.set(alias, anchor.node)
    return anchor.size
  }

  const measure = (node: unknown): number => {
    if (isAlias(node)) return follow(node)
    if (isPair(node)) return measure(node.key) + measure(node.value)
    if (node === null || typeof node !== 'object') return 1
    const anchor = { node: node as Node, size: null as number | null }
    const name = (node as { anchor?: string }).anchor
    if (name !== undefined) anchors.set(name, anchor)
    let size = 1
    if (isCollection(node)) for (const item of node.items) size += measure(item)
    anchor.size = size
    return size
  }

  measure(root)
  return targets
}
