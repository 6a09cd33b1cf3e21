import { atLeast, type Finding, type Severity } from '../model/finding.ts'
import type { Instant } from '../model/port.ts'
import { OBSERVING_KINDS } from '../model/source.ts'
import type { PlaceRow, PortRow, SourceRow } from './book.ts'
import { plain, shellWord } from './wording.ts'

export const DISCLAIMER =
  'Portreeve compares facts on record with rules that people adopted. It gives no legal advice; whether and how a rule applies is decided and signed by a person.'

export type Verdict = 'pass' | 'fail' | 'undetermined'

/** A fact that would settle what is undetermined. */
export interface Question {
  /** Stable: the matter, then what it is about. */
  readonly id: string
  readonly severity: Severity
  readonly text: string
  readonly hint: string | null
  readonly place: string | null
}

export interface Judged {
  readonly findings: readonly Finding[]
  readonly questions: readonly Question[]
  readonly failOn: Severity
  /** A Policy may let open questions pass. */
  readonly allowUndetermined: boolean
}

/** Findings weigh more than questions: what fails is not undetermined. */
export function verdict({ findings, questions, failOn, allowUndetermined }: Judged): Verdict {
  if (findings.some((finding) => atLeast(finding.severity, failOn))) return 'fail'
  const open = questions.some((question) => atLeast(question.severity, failOn))
  return open && !allowUndetermined ? 'undetermined' : 'pass'
}

/** The verdict in one sentence: what was looked for, when, and what stays open. */
export function verdictSentence(judged: Judged, packs: readonly string[], at: Instant): string {
  const { findings, questions, failOn } = judged
  const grave = findings.filter((finding) => atLeast(finding.severity, failOn)).length
  const open = questions.filter((question) => atLeast(question.severity, failOn)).length
  const rest = `packs: ${packs.length === 0 ? 'none adopted' : packs.join(', ')}; ${counted(questions.length, 'open question')}; ${at}`
  const sentences = {
    fail: `${counted(grave, 'finding')} at or above ${failOn}, ${counted(findings.length - grave, 'finding')} below; ${rest}`,
    undetermined: `${counted(open, 'open question')} at or above ${failOn} must be answered first; ${counted(findings.length, 'finding')} below; ${rest}`,
    pass: `no adopted rule matched at or above ${failOn}; ${counted(findings.length, 'finding')} below; ${rest}`,
  } as const satisfies Record<Verdict, string>
  return sentences[verdict(judged)]
}

/** What the book cannot say: places in scope that nothing observed, and ports whose number is not known yet. */
export function openQuestions(book: {
  readonly places: readonly PlaceRow[]
  readonly sources: readonly SourceRow[]
  readonly ports: readonly PortRow[]
}): readonly Question[] {
  const observing = book.sources.filter(({ kind }) => OBSERVING_KINDS.includes(kind))
  const observed = new Set(observing.map((source) => source.place))
  const never = book.places.filter((place) => place.inScope && !observed.has(place.id)).map(neverObserved)
  const unknown = book.ports.filter((port) => port.flags.includes('port-unknown')).map(numberUnknown)
  return [...never, ...unknown].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function neverObserved(place: PlaceRow): Question {
  return {
    id: `never-observed ${place.id}`,
    severity: 'medium',
    text: `${plain(place.id)} is in scope and was never observed: what listens there is not on record.`,
    hint: `run portreeve scan --record on it or against it, or declare ${shellWord(place.id)} out of scope in its Place document`,
    place: place.id,
  }
}

function numberUnknown(port: PortRow): Question {
  return {
    id: `number-unknown ${port.id}`,
    severity: 'medium',
    text: `${plain(port.workload ?? port.place)} opens a ${port.transport} port whose number is chosen at run time or by a variable.`,
    hint: 'write the number into the manifest, or observe the place where it runs: portreeve scan --record',
    place: port.place,
  }
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`
}
