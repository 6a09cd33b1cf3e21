import { Fault, must } from './fault.ts'
import { count, exactly, instant, text } from './form.ts'
import { isObject, parseJcsFile, type Json } from './jcs.ts'

/** docs/formats/evidence-pack-v1.md, "Question". */

export type Question = PortQuestion | SampleQuestion

export interface PortQuestion {
  readonly kind: 'port'
  readonly port: string
  readonly text: string
}

export interface SampleQuestion {
  readonly kind: 'sample'
  readonly population: string
  readonly period: Period | null
  readonly seed: string
  readonly size: number
  readonly text: string
}

/** Instants, the first included, the last not. */
interface Period {
  readonly [member: string]: string
  readonly from: string
  readonly until: string
}

const POPULATIONS = ['openings', 'changes', 'decisions', 'expiries', 'emergencies', 'places']
const SEED = /^[\u0020-\u007e]{1,128}$/

export function parseQuestion(bytes: Uint8Array): Question {
  const value = parseJcsFile(bytes)
  must(isObject(value), 'the question is not an object')
  if (value['kind'] === 'port') return portQuestion(value)
  if (value['kind'] === 'sample') return sampleQuestion(value)
  throw new Fault('a question is about a port, or for a sample')
}

function portQuestion(value: Json): Question {
  const { at, period, port, record, text: asked } = exactly(value, 'at kind period port record text')
  if (at !== null) instant(at)
  if (record !== null) text(record)
  periodIn(period)
  return { kind: 'port', port: text(port), text: text(asked) }
}

function sampleQuestion(value: Json): Question {
  const {
    period,
    population,
    seed,
    size,
    text: asked,
  } = exactly(value, 'kind period population seed size text')
  must(POPULATIONS.includes(text(population)), 'not a population')
  must(SEED.test(text(seed)), 'a seed is 1 to 128 printable characters')
  must(count(size, 10_000) >= 1, 'a sample of nothing')
  return {
    kind: 'sample',
    population: text(population),
    period: periodIn(period),
    seed: text(seed),
    size: count(size),
    text: text(asked),
  }
}

function periodIn(value: Json | undefined): Period | null {
  if (value === null) return null
  const period = exactly(value, 'from until')
  const [from, until] = [instant(period['from']), instant(period['until'])]
  must(from < until, 'a period that ends before it begins')
  return { from, until }
}
