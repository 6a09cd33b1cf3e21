import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'

/**
 * The member of a document that stands at a line and column (from 1), as `spec.bindings.0.port`: a fault that the
 * server found in the text belongs beside the field that wrote it. Empty where nothing stands there.
 */
export function fieldAt(text: string, line: number, column: number): string {
  const lines = new LineCounter()
  const { contents } = parseDocument(text, { lineCounter: lines })
  const start = lines.lineStarts[line - 1]
  return start === undefined ? '' : pathTo(contents, start + column - 1).join('.')
}

function pathTo(node: unknown, offset: number): readonly string[] {
  for (const [key, from, value] of members(node)) {
    const end = isNode(value) && value.range ? value.range[1] : from
    if (offset >= from && offset <= end) return [key, ...pathTo(value, offset)]
  }
  return []
}

function members(node: unknown): readonly (readonly [string, number, unknown])[] {
  if (isMap(node))
    return node.items.flatMap(({ key, value }) =>
      isScalar(key) && key.range ? [[String(key.value), key.range[0], value] as const] : [],
    )
  if (isSeq(node))
    return node.items.flatMap((item, index) =>
      isNode(item) && item.range ? [[String(index), item.range[0], item] as const] : [],
    )
  return []
}
