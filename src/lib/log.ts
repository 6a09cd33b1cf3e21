export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Values that may stand in a log: no objects, so that nobody logs a request or a document by accident. */
type LogFields = Readonly<Record<string, string | number | boolean | null>>

/** `event` is a fixed word (`request`, `listening`), what varies stands in the fields. Never a secret. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** One JSON object a line: `{"at","level","event",…fields}`. Fields cannot replace the first three. */
export function jsonLog(to: {
  readonly write: (line: string) => void
  readonly now: () => string
  readonly level: LogLevel
}): Log {
  const least = LOG_LEVELS.indexOf(to.level)
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(level) < least) return
      const head = { at: to.now(), level, event }
      to.write(`${JSON.stringify({ ...head, ...fields, ...head })}\n`)
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
