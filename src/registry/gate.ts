import { SEVERITIES, type Severity } from '../model/finding.ts'
import type { DocumentRow } from './book.ts'

/** From which severity on `check` fails, and whether open questions may pass. */
export interface Gate {
  readonly failOn: Severity
  readonly allowUndetermined: boolean
}

const DEFAULT_GATE: Gate = { failOn: 'high', allowUndetermined: false }

/** What the Policy documents of a book say of the gate. Of several the strictest counts: none can be loosened by another. */
export function gateOf(policies: readonly DocumentRow[]): Gate {
  const gates = policies.flatMap(({ spec }) => {
    const gate = spec['gate'] as
      | { readonly failOn: Severity; readonly allowUndetermined?: boolean }
      | undefined
    return gate === undefined ? [] : [gate]
  })
  if (gates.length === 0) return DEFAULT_GATE
  const failOn =
    SEVERITIES.find((severity) => gates.some((gate) => gate.failOn === severity)) ?? DEFAULT_GATE.failOn
  return { failOn, allowUndetermined: gates.every((gate) => gate.allowUndetermined === true) }
}

/** How long each place's sources may be silent, where its Place document says so; milliseconds by document name. */
export function silenceLimits(places: readonly DocumentRow[]): ReadonlyMap<string, number> {
  return new Map(
    places.flatMap(({ name, spec }) => {
      const minutes = spec['silentAfter']
      return typeof minutes === 'number' ? [[name, minutes * 60_000] as const] : []
    }),
  )
}
