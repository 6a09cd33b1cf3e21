import type { DriftRule } from '../model/finding.ts'

const TITLES: Record<DriftRule, string> = {
  'drift.undeclared': 'Open, and no record declares it',
  'drift.unseen': 'Declared, and nobody sees it',
  'drift.wider-than-declared': 'Listens wider than declared',
  'drift.process-changed': 'Held by another process than declared',
  'drift.owner-missing': 'No owner',
  'drift.duplicate-claim': 'Two records claim the same port',
  'drift.document-todo': 'The document still holds TODO',
  'drift.collector-silent': 'A collector fell silent',
  'drift.opened-before-declared': 'Open before it was declared',
  'drift.ambiguous-place': 'It is not clear which place this is',
}

/** What a rule looks for, in a few words; a rule without a title is shown by its id. */
export function ruleTitle(rule: string): string {
  return Object.hasOwn(TITLES, rule) ? TITLES[rule as DriftRule] : rule
}
