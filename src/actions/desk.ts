import type { Actor, Desk, Input, OperationName, Output, Parsed } from '../api/operations.ts'
import { OPERATIONS } from '../api/operations.ts'
import { Refusal } from '../model/refusal.ts'
import type { Book } from './book.ts'
import type { Environment } from './environment.ts'

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
      const parsed = parsedInput(name, input)
      return (answers[name] as (input: Parsed<N>, actor: Actor) => Promise<Output<N>>)(parsed, actor)
    },
  }
}

/** Whoever asks over HTTP was told already; a command's options are the user's own words. */
function parsedInput<N extends OperationName>(name: N, input: Input<N>): Parsed<N> {
  const parsed = OPERATIONS[name].input.safeParse(input)
  if (parsed.success) return parsed.data as Parsed<N>
  const [first] = parsed.error.issues
  throw new Refusal(
    'bad-input',
    `${first?.path.join('.') ?? ''}: ${first?.message ?? 'not in the right form'}`,
    {
      hint: 'the command’s --help says what it takes; times are RFC 3339, as in 2026-01-31T08:00:00Z',
    },
  )
}

/** An action's code is loaded when it is first asked for: a server is ready before it can do everything. */
function answersOf(env: Environment, book: () => Book): Answers {
  const keys = onceAsked(async () => new (await import('./keys.ts')).Keys())
  const tiles = onceAsked(async () => new (await import('./tiles.ts')).Tiles(env.store.read, env.tiles))
  const maker = async () => ({ env, book: book(), tiles: await tiles() })
  return {
    overview: async () => (await import('./overview.ts')).overview(env),
    listPorts: async (input) => (await import('./list-ports.ts')).listPorts(env, input),
    portFacets: async (input) => (await import('./list-ports.ts')).portFacets(env, input),
    showPort: async (input) => (await import('./show-port.ts')).showPort(env, input),
    whyPort: async (input) => (await import('./show-port.ts')).whyPort(env, input),
    portInterval: async (input) => (await import('./port-interval.ts')).portInterval(env, input),
    provePort: async (input, actor) =>
      (await import('./prove-port.ts')).provePort(await maker(), input, actor),
    freezePopulation: async (input, actor) =>
      (await import('./freeze-population.ts')).freezePopulation(env, book(), input, actor),
    drawSample: async (input, actor) =>
      (await import('./draw-sample.ts')).drawSampleOf(await maker(), input, actor),
    listFindings: async (input) => (await import('./list-findings.ts')).listFindings(env, input),
    coverage: async (input) => (await import('./coverage.ts')).coverage(env, input),
    listDocuments: async (input) => (await import('./list-documents.ts')).listDocuments(env, input),
    declare: async (input, actor) => (await import('./declare.ts')).declare(env, book(), input, actor),
    closeRecord: async (input, actor) =>
      (await import('./close-record.ts')).closeRecord(env, book(), input, actor),
    check: async (input) => (await import('./check-book.ts')).checkBook(env, input),
    recordScan: async (input) => (await import('./record-scan.ts')).recordScan(env, book(), input),
    listEntries: async (input) => (await import('./entries.ts')).listEntries(env, input),
    showEntry: async (input) => (await import('./entries.ts')).showEntry(env, await keys(), input),
    proveEntry: async (input) => (await import('./entries.ts')).proveEntry(env, await tiles(), input),
    showCheckpoint: async (input) => (await import('./checkpoints.ts')).showCheckpoint(env, input),
    showTrust: async () => (await import('./trust.ts')).showTrust(env),
    listCheckpoints: async (input) => (await import('./checkpoints.ts')).listCheckpoints(env, input),
    listTimestamps: async (input) => (await import('./checkpoints.ts')).listTimestamps(env, input),
    readTile: async (input) => (await import('./checkpoints.ts')).readTile(env, await tiles(), input),
    listKeys: async () => (await import('./list-keys.ts')).listKeys(env, await keys()),
    draftKeyAct: async (input) => (await import('./key-act.ts')).draftKeyAct(env, book(), input),
    writeKeyAct: async (input) => (await import('./key-act.ts')).writeKeyAct(env, book(), input),
    submitStatement: async (input) =>
      (await import('./submit-statement.ts')).submitStatement(env, book(), input),
    readKept: async ({ table, after, limit }) => {
      const { rows, next } = await env.store.read.keptRows(table, after ?? null, limit)
      return { rows: [...rows] as Output<'readKept'>['rows'], next }
    },
    rebuild: async (input) => {
      await (await import('./lost-keys.ts')).refuseWhereLost(env, 'the projection was left as it is')
      const { rebuild } = await import('./rebuild.ts')
      const report = await book().snapshots.without(() => rebuild(env, input))
      if (report.passedOver.length > 0) book().snapshots.renew()
      return report
    },
    erase: async (input, actor) => (await import('./erase.ts')).erase(env, book(), input, actor),
    listHolds: async () => (await import('./holds.ts')).listHolds(env),
    placeHold: async (input, actor) => (await import('./holds.ts')).placeHold(env, book(), input, actor),
    releaseHold: async (input, actor) => (await import('./holds.ts')).releaseHold(env, book(), input, actor),
    draftHold: async (input) => (await import('./holds.ts')).draftHold(env, book(), input),
    freezePort: async (input, actor) => (await import('./freeze.ts')).freezePort(env, book(), input, actor),
    listRetention: async () => (await import('./retention.ts')).listRetention(env),
    disposeRetention: async (input, actor) =>
      (await import('./retention.ts')).disposeRetention(env, book(), input, actor),
    makeLink: async () => (await import('./sessions.ts')).makeLink(env),
    // A session's secret travels in a cookie, which only the HTTP server sees.
    openSession: () => onlyOverHttp(),
    showSession: () => onlyOverHttp(),
    closeSession: () => onlyOverHttp(),
  }
}

function onceAsked<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => (made ??= make())
}

function onlyOverHttp(): never {
  throw new Refusal('unsupported', 'sessions exist between a browser and the server only')
}

function readOnly(): never {
  throw new Error('a thread that only reads was asked to write')
}
