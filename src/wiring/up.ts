import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { ServerDesk, ServerStatus } from '../api/desk.ts'
import { LOST_HINT, lostText, type SealedState } from '../actions/lost-keys.ts'
import type { Scrubbed } from '../actions/scrub.ts'
import type { StatusCounts } from '../actions/status.ts'
import { portTable } from '../cli/port-table.ts'
import type { UpFlags } from '../cli/runtime.ts'
import { paint, printRefusal, type Terminal } from '../cli/terminal.ts'
import { readConsole } from '../http/console.ts'
import { listenPlan, type Listen } from '../http/listen.ts'
import { requestMetrics } from '../http/metrics.ts'
import { serve, type Serving } from '../http/serve.ts'
import { jsonLog, type Log } from '../lib/log.ts'
import { Fatal, Refusal } from '../model/refusal.ts'
import { eventFeed } from './feed.ts'
import { lockFolder, socketPath, storeFile, storeName } from './lock.ts'
import { readSettings, type Settings } from './settings.ts'
import { BookThread, threadedDesk, type PassNews, type Told } from './threads.ts'

const THREAD = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url)
const CONSOLE = fileURLToPath(new URL('../../dist/console', import.meta.url))
const HEARTBEAT_MS = 15_000
const TABLE_ROWS = 200
const FIRST_PASS_MS = 3_000

/** Runs the server until it is told to stop; resolves with the exit status. */
export async function up(flags: UpFlags, terminal: Terminal): Promise<number> {
  const settings = await readSettings(flags, process.env)
  const listen = listenPlan(settings.listen, settings.tls !== null, settings.allowWide)
  const lock = lockFolder(settings.data)
  try {
    sayWhichBook(settings)
    return await run(settings, listen, terminal)
  } finally {
    lock.release()
  }
}

/** Commands that name another database must not end up in this one. */
function sayWhichBook(settings: Settings): void {
  try {
    writeFileSync(storeFile(settings.data), storeName(settings.database), { mode: 0o600 })
  } catch (cause) {
    throw new Fatal(`the data folder ${settings.data} cannot be written`, {
      hint: 'make room, or let this account write there',
      cause,
    })
  }
}

async function run(settings: Settings, listen: Listen, terminal: Terminal): Promise<number> {
  const ending = Promise.withResolvers<number>()
  const onFatal = (error: Error) => {
    if (error instanceof Fatal) printRefusal(terminal, error)
    else terminal.err(`portreeve: error: ${error.message}\n`)
    ending.resolve(error instanceof Fatal ? 75 : 70)
  }
  const log = jsonLog({
    write: terminal.err,
    now: () => new Date().toISOString(),
    level: settings.logLevel ?? (terminal.interactive ? 'warn' : 'info'),
  })
  const book = await openBookThreads(settings, log, onFatal)
  try {
    const serving = await serveBook(settings, listen, book, log, onFatal)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.resolve(0))
    await greet(terminal, listen, serving, book)
    const status = await ending.promise
    await serving.stop()
    // With the durable state unknown nothing more is written, not even that observation ended.
    if (status === 0) await book.stop()
    return status
  } finally {
    // A thread that still listens would keep the process from ending.
    await book.end()
  }
}

interface OpenBook {
  readonly desk: ServerDesk
  readonly feed: ReturnType<typeof eventFeed>
  readonly status: () => Promise<ServerStatus>
  readonly firstPass: Promise<void>
  readonly firstLink: () => Promise<string>
  /** Says that observation ends, signs the last head and closes the store. */
  readonly stop: () => Promise<void>
  readonly end: () => Promise<void>
}

/** The writer first: it makes the book and its schema, which the reader expects to find. */
async function openBookThreads(
  settings: Settings,
  log: Log,
  onFatal: (error: Error) => void,
): Promise<OpenBook> {
  const passes = { complete: 0, partial: 0, failed: 0, last: null as PassNews | null }
  const ledger: LedgerState = {
    sound: 0,
    damaged: 0,
    forked: false,
    faulty: new Set(),
    sealed: { values: 0, lost: 0 },
  }
  const firstPass = Promise.withResolvers<void>()
  if (!settings.observe.host) firstPass.resolve()
  const threads: { reader?: BookThread } = {}
  let feed: ReturnType<typeof eventFeed> | null = null
  const news = (told: Told) => {
    if (told.kind === 'commit') feed?.tell(told.event)
    if (told.kind === 'anchor') hearAnchor(log, ledger, told)
    if (told.kind === 'snapshot') log[told.ok ? 'info' : 'warn']('snapshot', told.fields)
    if (told.kind === 'scrub') {
      hearScrub(log, ledger, told.scrubbed)
      if (told.scrubbed.where === 'entries') preserveLedger(log, writer, told.scrubbed)
    }
    if (told.kind === 'sealed') hearSealed(log, ledger, told.sealed)
    if (told.kind !== 'pass') return
    firstPass.resolve()
    passes.last = told.pass
    passes[told.pass.error !== null ? 'failed' : told.pass.complete ? 'complete' : 'partial']++
    if (told.pass.error === null)
      void threads.reader?.ask({ method: 'pulse', source: told.pass.source, at: told.pass.at })
  }
  const writer = new BookThread(THREAD, { ...settings, role: 'writer' }, news, onFatal)
  const reader = new BookThread(THREAD, { ...settings, role: 'reader' }, news, onFatal)
  const end = async () => void (await Promise.all([writer.end(), reader.end()]))
  try {
    await writer.open()
    await reader.open()
  } catch (error) {
    await end()
    throw error
  }
  threads.reader = reader
  feed = eventFeed((await reader.ask<StatusCounts>({ method: 'counts' })).ledgerSize)
  if (passes.last?.error === null)
    await reader.ask({ method: 'pulse', source: passes.last.source, at: passes.last.at })
  return {
    desk: threadedDesk(writer, reader),
    feed,
    status: async () =>
      statusOf(settings, passes, ledger, await reader.ask<StatusCounts>({ method: 'counts' })),
    firstPass: firstPass.promise,
    firstLink: async () => (await writer.ask<{ link: string }>({ method: 'firstLink' })).link,
    stop: async () => {
      await Promise.all([writer.ask({ method: 'stop' }), reader.ask({ method: 'stop' })])
    },
    end,
  }
}

/** A book goes on without its witnesses; whoever runs it should know. */
function hearAnchor(
  log: Log,
  ledger: LedgerState,
  { anchor, name, state }: Extract<Told, { kind: 'anchor' }>,
): void {
  if (state.state === 'fork') ledger.forked = true
  const fields = { anchor, name, state: state.state, detail: state.detail }
  if (state.state === 'ok') log.info('anchor', fields)
  else log.warn('anchor', fields)
}

function hearScrub(log: Log, ledger: LedgerState, { tile, fault }: Scrubbed): void {
  ledger[fault === null ? 'sound' : 'damaged']++
  if (fault === null) {
    ledger.faulty.delete(tile)
    return
  }
  ledger.faulty.add(tile)
  log.error('ledger-damage', { tile, fault })
}

/** Entries that are not those that were signed: nothing is erased any more until people have looked. */
function preserveLedger(log: Log, writer: BookThread, { fault }: Scrubbed): void {
  const alarm = { name: 'ledger-damage', reason: fault ?? '', place: null }
  writer.ask<number | null>({ method: 'alarm', alarm }).then(
    (entry) => entry !== null && log.warn('freeze', { name: alarm.name, entry }),
    // A book that takes no entry any more erases nothing either.
    (error: unknown) => log.error('freeze', { name: alarm.name, error: String(error) }),
  )
}

/** Once for each change: a line a minute would hide all others. */
function hearSealed(log: Log, ledger: LedgerState, sealed: SealedState): void {
  const { lost } = ledger.sealed
  ledger.sealed = sealed
  if (sealed.lost === lost) return
  if (sealed.lost > 0) log.error('sealed-keys', { ...sealed, detail: `${lostText(sealed)}. ${LOST_HINT}` })
  else log.info('sealed-keys', { ...sealed })
}

/** What was seen of the ledger since the process started; `faulty` are tiles that were not sound when last seen. */
interface LedgerState {
  sound: number
  damaged: number
  forked: boolean
  readonly faulty: Set<string>
  sealed: SealedState
}

type Passes = { complete: number; partial: number; failed: number; last: PassNews | null }

function statusOf(
  settings: Settings,
  passes: Passes,
  ledger: LedgerState,
  counts: StatusCounts,
): ServerStatus {
  const { last, complete, partial, failed } = passes
  const overdue = last !== null && Date.now() - Date.parse(last.at) > 3 * settings.observe.intervalMs + 10_000
  return {
    store: 'answers',
    observer: !settings.observe.host
      ? 'off'
      : last === null
        ? 'starting'
        : overdue || last.error !== null
          ? 'silent'
          : 'observing',
    ledgerSize: counts.ledgerSize,
    ledger: ledger.forked ? 'forked' : ledger.faulty.size > 0 ? 'damaged' : 'sound',
    sealed: ledger.sealed,
    scrubs: { sound: ledger.sound, damaged: ledger.damaged },
    observed: counts.observed,
    documented: counts.documented,
    passes: { complete, partial, failed, lastSeconds: last === null ? null : last.milliseconds / 1000 },
  }
}

async function serveBook(
  settings: Settings,
  listen: Listen,
  book: OpenBook,
  log: Log,
  onFatal: (error: Error) => void,
): Promise<Serving> {
  const serving: { current: Serving | null } = { current: null }
  serving.current = await serve(
    {
      desk: withLinks(book.desk, (link) => serving.current?.enterUrl(link) ?? link),
      feed: book.feed,
      status: book.status,
      console: await readConsole(CONSOLE),
      log,
      onFatal,
      metrics: requestMetrics(),
      heartbeatMs: HEARTBEAT_MS,
      publicLedger: settings.ledger.public,
    },
    { listen, tls: readTls(settings), names: settings.names, socketPath: socketPath(settings.data) },
  )
  return serving.current
}

/** A link is a secret and an address; only the server knows the address. */
function withLinks(desk: ServerDesk, url: (link: string) => string): ServerDesk {
  return {
    ...desk,
    async call(name, input, actor) {
      const output = await desk.call(name, input, actor)
      if (name !== 'makeLink') return output
      const made = output as { link: string; until: string }
      return { ...made, link: url(made.link) } as typeof output
    },
  }
}

function readTls(settings: Settings): { certificate: string; key: string } | null {
  if (settings.tls === null) return null
  try {
    return {
      certificate: readFileSync(settings.tls.certificate, 'utf8'),
      key: readFileSync(settings.tls.key, 'utf8'),
    }
  } catch (cause) {
    throw new Refusal('file-unreadable', 'the TLS certificate or its key cannot be read', {
      hint: 'tls.certificate and tls.key name PEM files',
      cause,
    })
  }
}

async function greet(terminal: Terminal, listen: Listen, serving: Serving, book: OpenBook): Promise<void> {
  // What listens is worth a moment's wait, but a host that answers slowly must not keep the link away.
  await Promise.race([book.firstPass, delay(FIRST_PASS_MS, undefined, { ref: false })])
  const report = await book.desk.call('listPorts', { limit: TABLE_ROWS })
  terminal.out(portTable(terminal, report.ports))
  if (report.next !== null) terminal.out(`… and more: portreeve ports\n`)
  const overview = await book.desk.call('overview', {})
  terminal.out(`\n${overview.sentence}\n`)
  const { sealed } = await book.status()
  if (sealed.lost > 0) terminal.err(`portreeve: warning: ${lostText(sealed)}. ${LOST_HINT}\n`)
  if (listen.warning !== null) terminal.err(`portreeve: warning: ${listen.warning}\n`)
  terminal.out(`\n${paint(terminal, '1', `Console: ${serving.origin}`)}\n`)
  terminal.out(`One-time link: ${serving.enterUrl(await book.firstLink())}\n`)
  terminal.out(
    'It opens the console once, for whoever has it first; portreeve link makes another. Ctrl-C stops.\n',
  )
}
