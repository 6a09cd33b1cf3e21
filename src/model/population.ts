/** What an auditor can draw a sample from. */
export const POPULATIONS = ['openings', 'changes', 'decisions', 'expiries', 'emergencies', 'places'] as const
export type Population = (typeof POPULATIONS)[number]
