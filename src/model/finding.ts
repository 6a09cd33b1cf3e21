import type { Instant } from './port.ts'

/** law.yaml `vocabulary.enums.severity`, ordinal from the left. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** True where `severity` is at or above `level`; ordinals compare by rank, never as text. */
export function atLeast(severity: Severity, level: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(level)
}

export const DRIFT_RULES = [
  'drift.undeclared',
  'drift.unseen',
  'drift.wider-than-declared',
  'drift.process-changed',
  'drift.owner-missing',
  'drift.duplicate-claim',
  'drift.document-todo',
  'drift.collector-silent',
  'drift.opened-before-declared',
  'drift.ambiguous-place',
] as const
export type DriftRule = (typeof DRIFT_RULES)[number]

/** A candidate result of one rule on one port, record, place or source. Derived from the book; never on the ledger. */
export interface Finding {
  /** `sha256` over rule and subject, 32 hexadecimal digits: the same matter keeps its id over runs and machines. */
  readonly fingerprint: string
  readonly rule: string
  readonly severity: Severity
  readonly status: 'candidate'
  /** Findings of adopted packs; drift rules are the book's own and need no adoption. */
  readonly adopted: boolean
  /** One sentence of facts, in product.md's wording. */
  readonly text: string
  /** What to do about it. */
  readonly hint: string | null
  readonly cites: readonly string[]
  /** What it is about; each is null where the finding is not about one. */
  readonly port: string | null
  readonly record: string | null
  readonly place: string | null
  readonly since: Instant | null
  /** `file:line` of the document, manifest or scan that shows it. */
  readonly at: string | null
}
