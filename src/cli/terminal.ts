import type { Severity } from '../model/finding.ts'
import type { Fatal, Fault, Refusal } from '../model/refusal.ts'

/**
 * The rules of the terminal: answers go to standard output and progress, notes and errors to standard error;
 * colour only where a person looks (a terminal, and NO_COLOR is not set); `--json` prints one document.
 */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly colour: boolean
  readonly width: number
  readonly interactive: boolean
  /** Resolves when what was written has gone on its way, or nobody reads any more. Left out: it always has. */
  readonly drained?: () => Promise<void>
}

export function terminalOf(process: NodeJS.Process): Terminal {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', passBrokenPipe)
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    colour: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
    width: process.stdout.columns ?? 120,
    interactive: process.stderr.isTTY,
    drained: () => drained(process.stdout),
  }
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writableNeedDrain) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done)
      resolve()
    }
    for (const event of ['drain', 'close', 'error']) stream.on(event, done)
  })
}

const PIECE = 64 * 1024

/** An answer without a bound, in pieces: a pipe whose reader is slow must not fill the memory. */
export async function printPieces(terminal: Terminal, texts: Iterable<string>): Promise<void> {
  let piece = ''
  for (const text of texts) {
    piece += text
    if (piece.length < PIECE) continue
    terminal.out(piece)
    piece = ''
    await terminal.drained?.()
  }
  terminal.out(piece)
}

/** `portreeve ports | head`: the reader has enough; the command, or the server, goes on as it would have. */
function passBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`)
}

/** Each line once: a refusal of a single fault is often that fault. */
export function printRefusal(terminal: Terminal, refusal: Refusal | Fatal): void {
  const faults = 'faults' in refusal ? refusal.faults : []
  const lines = [`error: ${refusal.message}`, ...faults.flatMap(faultLines)]
  if (refusal.hint !== null) lines.push(`hint: ${refusal.hint}`)
  for (const line of new Set(lines)) terminal.err(`portreeve: ${plain(line)}\n`)
}

function faultLines({ message, position, hint }: Fault): string[] {
  const at = position === null ? '' : `${position.file}:${position.line}:${position.column}: `
  return [`error: ${at}${message}`, ...(hint === null ? [] : [`hint: ${hint}`])]
}

/** Text from outside must not drive the terminal: a process may be named with escape sequences. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\u{fffd}')
}

const SEVERITY_COLOUR = { info: '2', low: '36', medium: '33', high: '31', critical: '1;31' } satisfies Record<
  Severity,
  string
>

export function paint(terminal: Terminal, code: string, text: string): string {
  return terminal.colour ? `\u001b[${code}m${text}\u001b[0m` : text
}

export function paintSeverity(terminal: Terminal, severity: Severity): string {
  return paint(terminal, SEVERITY_COLOUR[severity], severity)
}

/** A table of text: columns as wide as their widest cell, the last one cut to the terminal. */
export function table(
  terminal: Terminal,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = rows.map((row) => row.map((cell) => plain(cell).replaceAll('\n', ' ')))
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  const fit = (text: string) =>
    terminal.colour && text.length > terminal.width ? `${text.slice(0, terminal.width - 1)}…` : text
  return [paint(terminal, '2', fit(line(head))), ...cells.map((row) => fit(line(row)))].join('\n') + '\n'
}
