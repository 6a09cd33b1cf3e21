import { Fatal, Refusal } from '../../model/refusal.ts'

/** Awaits `work`, and says what an error of PostgreSQL, or of the way there, means for the book. */
export async function explainPostgres<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw meaningOf(error)
  }
}

/** Awaits the COMMIT: without an answer to it, nobody here knows whether it happened. */
export async function explainCommit<T>(commit: () => Promise<T>): Promise<T> {
  try {
    return await commit()
  } catch (error) {
    if (isRefusedByServer(error)) throw error
    throw new Fatal(
      'the connection to the database ended while it was committing; the durable state is not known',
      {
        hint: 'start again: the book holds either all of the last change or none of it, and the ledger says which',
        cause: error,
      },
    )
  }
}

function meaningOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = codeOf(error)
  if (FATAL.some((prefix) => code.startsWith(prefix))) {
    return new Fatal(`the database cannot store: ${error.message}; the durable state is not known`, {
      hint: 'mend the database (its disk, its memory, its files), then start again; what was acknowledged is in the book',
      cause: error,
    })
  }
  if (BUSY.includes(code)) {
    return new Refusal('book-busy', `the database could not serve this now: ${error.message}`, {
      hint: 'try again',
      cause: error,
    })
  }
  if (code === UNTRANSLATABLE) {
    return new Refusal('bad-input', 'the text holds U+0000, which PostgreSQL cannot keep', { cause: error })
  }
  if (isUnreachable(error, code)) {
    return new Refusal('unreachable', `the database cannot be reached: ${reasonOf(error)}`, {
      hint: 'check --database (host, port, name, account) and that PostgreSQL runs; nothing was changed',
      cause: error,
    })
  }
  return error
}

// https://www.postgresql.org/docs/15/errcodes-appendix.html
/** Disk or memory full, input and output error, damaged files. */
const FATAL = ['53100', '53200', '58', 'XX001', 'XX002']
/** Too many connections, serialization failure, deadlock, lock or statement timeout. */
const BUSY = ['53300', '40001', '40P01', '55P03', '57014']
const UNTRANSLATABLE = '22021'
/** Connection, authentication, no such database, shutting down or starting up. */
const UNREACHABLE = ['08', '28', '3D000', '57P']
const REFUSED_AFTER_ANSWER = /^[0-9A-Z]{5}$/

function isUnreachable(error: Error, code: string): boolean {
  if (UNREACHABLE.some((prefix) => code.startsWith(prefix))) return true
  return (
    'syscall' in error ||
    /^E[A-Z]+$/.test(code) ||
    /connection (terminated|timeout|ended)|not queryable|timeout exceeded/i.test(error.message)
  )
}

/** A COMMIT that the server itself refused was rolled back; one that a shutdown cut short may not have been. */
function isRefusedByServer(error: unknown): boolean {
  if (error instanceof Fatal) return true
  const cause = error instanceof Refusal ? error.cause : error
  if (!(cause instanceof Error)) return false
  const code = codeOf(cause)
  return REFUSED_AFTER_ANSWER.test(code) && !UNREACHABLE.some((prefix) => code.startsWith(prefix))
}

// `localhost` has two addresses, and their refusals come as one error with an empty message.
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join('; ')
  return error.message
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
