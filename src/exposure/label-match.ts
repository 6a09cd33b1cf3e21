import type { LabelSelector, Requirement } from '../model/cluster.ts'

/** `perhaps`: a label that was not read, or a requirement that is not understood, would decide. */
export type Match = 'yes' | 'no' | 'perhaps'

export interface Labels {
  readonly values: ReadonlyMap<string, string>
  /** False where there may be labels beside: a namespace that no file describes. */
  readonly complete: boolean
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/: a missing key satisfies NotIn. */
export function matchLabels(selector: LabelSelector, labels: Labels): Match {
  return allOf(selector.map((requirement) => satisfies(requirement, labels)))
}

export function allOf(matches: readonly Match[]): Match {
  if (matches.includes('no')) return 'no'
  return matches.includes('perhaps') ? 'perhaps' : 'yes'
}

/** One text for selectors that require the same, in whatever order and spelling: `a=b` and `a In [b]` are one. */
export function selectorKey(selector: LabelSelector): string {
  const known = keys.get(selector)
  if (known !== undefined) return known
  const key = keyOf(selector)
  keys.set(selector, key)
  return key
}

const keys = new WeakMap<LabelSelector, string>()

function keyOf(selector: LabelSelector): string {
  return selector
    .map((requirement) => {
      if (requirement.operator === 'unknown') return JSON.stringify(['?', requirement.text])
      const values = 'values' in requirement ? requirement.values.toSorted() : []
      return JSON.stringify([requirement.key, requirement.operator, ...values])
    })
    .sort()
    .join(' ')
}

function satisfies(requirement: Requirement, { values, complete }: Labels): Match {
  if (requirement.operator === 'unknown') return 'perhaps'
  const value = values.get(requirement.key)
  if (value === undefined && !complete) return 'perhaps'
  if (requirement.operator === 'Exists') return truth(value !== undefined)
  if (requirement.operator === 'DoesNotExist') return truth(value === undefined)
  if (requirement.operator === 'NotIn')
    return truth(value === undefined || !requirement.values.includes(value))
  return truth(value !== undefined && requirement.values.includes(value))
}

function truth(holds: boolean): Match {
  return holds ? 'yes' : 'no'
}
