import { hash } from 'node:crypto'

import type { DriftRule, Finding, Severity } from '../model/finding.ts'
import type { FindingRow } from './book.ts'

export const DRIFT_SEVERITY = {
  'drift.undeclared': 'high',
  'drift.unseen': 'medium',
  'drift.wider-than-declared': 'high',
  'drift.process-changed': 'medium',
  'drift.owner-missing': 'medium',
  'drift.duplicate-claim': 'high',
  'drift.document-todo': 'high',
  'drift.collector-silent': 'medium',
  'drift.opened-before-declared': 'low',
  'drift.ambiguous-place': 'medium',
} as const satisfies Record<DriftRule, Severity>

/** What a drift rule found; what it leaves out is null. */
export interface Drift
  extends
    Pick<Finding, 'text' | 'hint'>,
    Partial<Pick<Finding, 'port' | 'record' | 'place' | 'since' | 'at' | 'severity'>> {
  readonly rule: DriftRule
  /** What the finding is about, in a form that stays the same over passes, runs and machines. */
  readonly subject: string
}

export function driftFinding(drift: Drift, index: number): FindingRow {
  return {
    fingerprint: hash('sha256', `${drift.rule}\n${drift.subject}`, 'hex').slice(0, 32),
    rule: drift.rule,
    severity: drift.severity ?? DRIFT_SEVERITY[drift.rule],
    status: 'candidate',
    adopted: true,
    text: drift.text,
    hint: drift.hint,
    cites: [],
    port: drift.port ?? null,
    record: drift.record ?? null,
    place: drift.place ?? null,
    since: drift.since ?? null,
    at: drift.at ?? null,
    fromIndex: index,
    toIndex: null,
  }
}

export function byFingerprint(a: Finding, b: Finding): number {
  return a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : 0
}
