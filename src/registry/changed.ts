import { isDeepStrictEqual } from 'node:util'

import { DRIFT_RULES } from '../model/finding.ts'
import type { PortId } from '../model/port.ts'
import type { FindingRow, Held, PortRow } from './book.ts'

/** What has to be written so that the stored present becomes the new one. */
export interface ChangedPorts {
  /** Of ids that held nothing. */
  readonly add: readonly PortRow[]
  readonly put: readonly PortRow[]
  readonly end: readonly PortId[]
}

export interface ChangedFindings {
  readonly put: readonly FindingRow[]
  readonly end: readonly string[]
}

/** @param old all rows of the place that hold now; @param now what `reconcilePlace` found */
export function changedPorts(old: readonly PortRow[], now: readonly PortRow[]): ChangedPorts {
  return changed(old, now, (row) => row.id)
}

/**
 * Findings that `reconcilePlace` does not derive (a collector that fell silent, rules of packs) are left alone.
 * @param old all findings of the place that hold now
 */
export function changedFindings(old: readonly FindingRow[], now: readonly FindingRow[]): ChangedFindings {
  const { add, put, end } = changed(
    old.filter((row) => RECONCILED.has(row.rule)),
    now,
    (row) => row.fingerprint,
  )
  return { put: [...add, ...put], end }
}

const RECONCILED: ReadonlySet<string> = new Set(
  DRIFT_RULES.filter((rule) => rule !== 'drift.collector-silent'),
)

function changed<Row extends Held>(old: readonly Row[], now: readonly Row[], keyOf: (row: Row) => string) {
  const before = new Map(old.map((row) => [keyOf(row), row]))
  const after = new Set(now.map(keyOf))
  const isNew = (row: Row) => !before.has(keyOf(row))
  return {
    add: now.filter(isNew),
    put: now.filter((row) => !isNew(row) && !isSame(before.get(keyOf(row)), row)),
    end: [...before.keys()].filter((key) => !after.has(key)),
  }
}

/** From when a row holds is no part of what it says. */
function isSame<Row extends Held>(one: Row | undefined, other: Row): boolean {
  return (
    one !== undefined &&
    isDeepStrictEqual({ ...one, fromIndex: 0, toIndex: null }, { ...other, fromIndex: 0, toIndex: null })
  )
}
