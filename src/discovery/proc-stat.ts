import { printable } from './printable.ts'

/** What `/proc/<pid>/stat` says of a process (proc_pid_stat(5)). */
export interface ProcStat {
  readonly name: string
  /** Start in clock ticks since boot; with the pid it names a process for good. */
  readonly start: string
}

/** The name stands between the first `(` and the last `)` and may hold both. */
export function parseProcStat(text: string): ProcStat | null {
  const [open, close] = [text.indexOf('('), text.lastIndexOf(')')]
  if (open === -1 || close < open) return null
  const start = text.slice(close + 2).split(' ')[19]
  return start === undefined ? null : { name: printable(text.slice(open + 1, close)), start }
}

/** The effective account number in `/proc/<pid>/status`; null where there is none. */
export function effectiveUid(status: string): number | null {
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(status)?.[1]
  return uid === undefined ? null : Number(uid)
}
