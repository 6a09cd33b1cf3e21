import type { Actor, Desk, Input, OperationName, Output, Parsed } from '../api/operations.ts'
import { OPERATIONS } from '../api/operations.ts'
import { Refusal } from '../model/refusal.ts'
import type { Book } from './book.ts'
import { checkBook } from './check-book.ts'
import { closeRecord } from './close-record.ts'
import { coverage } from './coverage.ts'
import { declare } from './declare.ts'
import { listEntries, showEntry } from './entries.ts'
import type { Environment } from './environment.ts'
import { listDocuments } from './list-documents.ts'
import { listFindings } from './list-findings.ts'
import { listPorts, portFacets } from './list-ports.ts'
import { overview } from './overview.ts'
import { rebuild } from './rebuild.ts'
import { recordScan } from './record-scan.ts'
import { makeLink } from './sessions.ts'
import { showPort, whyPort } from './show-port.ts'

/** Who sits at the machine: the peer of the data folder's socket, or of no socket at all. */
export const OPERATOR: Actor = { id: 'operator', capabilities: ['read', 'declare', 'observe', 'administer'] }

type Answers = {
  readonly [N in OperationName]: (input: Parsed<N>, actor: Actor) => Promise<Output<N>>
}

/** Answers every operation in this process. `book` is null where this process only reads. */
export function deskOf(env: Environment, book: Book | null): Desk {
  const answers = answersOf(env, () => book ?? readOnly())
  return {
    async call<N extends OperationName>(
      name: N,
      input: Input<N>,
      actor: Actor = OPERATOR,
    ): Promise<Output<N>> {
      const parsed = OPERATIONS[name].input.parse(input) as Parsed<N>
      return (answers[name] as (input: Parsed<N>, actor: Actor) => Promise<Output<N>>)(parsed, actor)
    },
  }
}

function answersOf(env: Environment, book: () => Book): Answers {
  return {
    overview: () => overview(env),
    listPorts: (input) => listPorts(env, input),
    portFacets: (input) => portFacets(env, input),
    showPort: (input) => showPort(env, input),
    whyPort: (input) => whyPort(env, input),
    listFindings: (input) => listFindings(env, input),
    coverage: (input) => coverage(env, input),
    listDocuments: (input) => listDocuments(env, input),
    declare: (input, actor) => declare(env, book(), input, actor),
    closeRecord: (input, actor) => closeRecord(env, book(), input, actor),
    check: (input) => checkBook(env, input),
    recordScan: (input) => recordScan(env, book(), input),
    listEntries: (input) => listEntries(env, input),
    showEntry: (input) => showEntry(env, input),
    rebuild: () => rebuild(env),
    makeLink: () => makeLink(env),
    // A session's secret travels in a cookie, which only the HTTP server sees.
    openSession: () => onlyOverHttp(),
    showSession: () => onlyOverHttp(),
    closeSession: () => onlyOverHttp(),
  }
}

function onlyOverHttp(): never {
  throw new Refusal('unsupported', 'sessions exist between a browser and the server only')
}

function readOnly(): never {
  throw new Error('a thread that only reads was asked to write')
}
