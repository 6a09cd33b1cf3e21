import type { LabelSelector, Requirement } from '../../model/cluster.ts'
import { clip, items, members, text } from '../yaml/nodes.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import { at, textsOf } from './objects.ts'

/** Selects everything. */
export const EVERYTHING: LabelSelector = []

/**
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/. A field or operator that
 * is none of these becomes an unknown requirement: to drop it would widen what is selected.
 */
export function labelSelector(of: YamlNode | null): LabelSelector {
  if (of === null) return EVERYTHING
  const labels = [...textsOf(at(of, 'matchLabels'))].map(([key, value]): Requirement => ({
    operator: 'In',
    key,
    values: [value],
    written: 'label',
  }))
  const odd = members(of).filter(([key]) => key !== 'matchLabels' && key !== 'matchExpressions')
  return [
    ...labels,
    ...items(at(of, 'matchExpressions')).map(expression),
    ...odd.map(([key]): Requirement => ({ operator: 'unknown', text: clip(key) })),
  ]
}

function expression(of: YamlNode): Requirement {
  const key = text(at(of, 'key')) ?? ''
  const operator = text(at(of, 'operator')) ?? ''
  const values = items(at(of, 'values')).map((one) => text(one) ?? '')
  if (operator === 'In' || operator === 'NotIn') return { operator, key, values, written: 'expression' }
  if (operator === 'Exists' || operator === 'DoesNotExist') return { operator, key }
  return { operator: 'unknown', text: clip(`${key} ${operator} ${values.join(', ')}`.trim()) }
}
