import { z } from 'zod'

import { POPULATIONS } from '../../../../src/model/population.ts'
import type { Input } from '../../../../src/api/operations.ts'

/** When the question is about; the fields hold local times as the browser's own control writes them. */
const Moment = z.object({
  when: z.enum(['now', 'at', 'period']),
  at: z.string(),
  from: z.string(),
  until: z.string(),
})
export type Moment = z.infer<typeof Moment>

export const PackDraft = Moment.extend({ port: z.string(), question: z.string(), disclose: z.boolean() })
export type PackDraft = z.infer<typeof PackDraft>

export const SampleDraft = Moment.extend({
  /** The entry that froze the population; empty: it is frozen now. */
  frozen: z.string().default(''),
  population: z.enum(POPULATIONS),
  seed: z.string(),
  size: z.string(),
  question: z.string(),
  disclose: z.boolean(),
})
export type SampleDraft = z.infer<typeof SampleDraft>

const NOW: Moment = { when: 'now', at: '', from: '', until: '' }

export const packDraft = (port: string): PackDraft => ({ ...NOW, port, question: '', disclose: false })

export const SAMPLE_DRAFT: SampleDraft = {
  ...NOW,
  frozen: '',
  population: 'openings',
  seed: '',
  size: '25',
  question: '',
  disclose: false,
}

/** What can be asked of the server, or what is still missing, in words. */
export type Asking<T> =
  | { readonly input: T; readonly missing: null }
  | { readonly input: null; readonly missing: string }

export function packInput(draft: PackDraft): Asking<Input<'provePort'>> {
  if (draft.port.trim() === '') return missing('Name the port first.')
  const times = timesOf(draft)
  return typeof times === 'string'
    ? missing(times)
    : ready({ port: draft.port.trim(), disclose: draft.disclose, ...times, ...questionOf(draft) })
}

/** A draw, and what is to be frozen before it; null where that was done. */
export interface SampleWish {
  readonly freeze: Input<'freezePopulation'> | null
  readonly draw: Omit<Input<'drawSample'>, 'frozen'> & { readonly frozen: number | null }
}

export function sampleInput(draft: SampleDraft): Asking<SampleWish> {
  const { population, seed, disclose } = draft
  const entry = draft.frozen.trim()
  const size = Number(draft.size)
  if (!/^[ -~]{1,128}$/.test(seed))
    return missing('The auditor’s seed is missing: 1 to 128 letters, digits and signs of ASCII.')
  if (!Number.isInteger(size) || size < 1 || size > 1000)
    return missing('The size is a number from 1 to 1,000.')
  if (!/^(?:|0|[1-9][0-9]{0,14})$/.test(entry))
    return missing('The entry that froze the population is a number.')
  const draw = { seed, size, disclose, ...questionOf(draft) }
  if (entry !== '') return ready({ freeze: null, draw: { ...draw, frozen: Number(entry) } })
  const times = timesOf(draft)
  return typeof times === 'string'
    ? missing(times)
    : ready({ freeze: { population, ...times }, draw: { ...draw, frozen: null } })
}

/** Null where the text is no time. */
export function instantOf(local: string): string | null {
  const at = new Date(local)
  return local === '' || Number.isNaN(at.valueOf()) ? null : at.toISOString()
}

function timesOf({ when, ...texts }: Moment): { at?: string; from?: string; until?: string } | string {
  if (when === 'now') return {}
  if (when === 'at') {
    const at = instantOf(texts.at)
    return at === null ? 'Say which moment is asked about.' : { at }
  }
  const [from, until] = [instantOf(texts.from), instantOf(texts.until)]
  if (from === null || until === null) return 'A period has a beginning and an end.'
  return from < until ? { from, until } : 'The period ends before it begins.'
}

function questionOf({ question }: { readonly question: string }): { question?: string } {
  return question.trim() === '' ? {} : { question: question.trim() }
}

function ready<T>(input: T): Asking<T> {
  return { input, missing: null }
}

function missing<T>(text: string): Asking<T> {
  return { input: null, missing: text }
}
