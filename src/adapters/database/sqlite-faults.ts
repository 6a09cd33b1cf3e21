import { Fatal, Refusal } from '../../model/refusal.ts'

/** Runs `work`, and says what an error of SQLite means for the book. */
export function explainSqlite<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw meaningOf(error)
  }
}

// Primary result codes: https://sqlite.org/rescode.html
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26

function meaningOf(error: unknown): unknown {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return error
  const primary = error.errcode & 0xff
  if (primary === BUSY || primary === LOCKED) {
    return new Refusal('book-busy', 'another process is writing to the book', {
      hint: 'wait for it to end, or ask it: commands of the same data folder speak to the running server',
      cause: error,
    })
  }
  if (primary === CANTOPEN || primary === NOTADB || primary === READONLY) {
    return new Refusal('file-unreadable', `the book cannot be opened: ${error.message}`, {
      hint: HINTS[primary],
      cause: error,
    })
  }
  if (primary === FULL || primary === IOERR || primary === CORRUPT) {
    return new Fatal(`${FATAL[primary]}; the durable state is not known (${error.message})`, {
      hint: FATAL_HINTS[primary],
      cause: error,
    })
  }
  return error
}

const HINTS = {
  [CANTOPEN]: 'check that the folder exists and that this account may write there',
  [NOTADB]: 'the file is not a database; move it away, or name another data folder',
  [READONLY]: 'check that this account may write to the file and its folder',
}

const FATAL = {
  [FULL]: 'the disk is full',
  [IOERR]: 'the disk failed to read or write',
  [CORRUPT]: 'the book is damaged',
}

const FATAL_HINTS = {
  [FULL]: 'make room and start again; what was acknowledged is in the book',
  [IOERR]:
    'see the system log for the disk, then start again; what was acknowledged is in the book unless the disk lost it',
  [CORRUPT]: 'keep a copy of the data folder, then put back the newest copy of book.sqlite that opens',
}
