import type { FindingRow, PortRow } from './book.ts'
import { driftIn, viewPlace, type PlaceFacts } from './drift.ts'
import { rowsOf } from './port-row.ts'

export interface Reconciled {
  readonly ports: readonly PortRow[]
  readonly findings: readonly FindingRow[]
}

/** The present of one place: its pages and where they differ from what was declared. */
export function reconcilePlace(facts: PlaceFacts): Reconciled {
  const view = viewPlace(facts)
  const findings = driftIn(view)
  return { ports: rowsOf(view, findings), findings }
}
