import type { Check } from './checks.ts'
import type { Report } from './judge.ts'

/** The report for people. Words of a pack may hold anything, so nothing in them reaches a terminal as a command. */
export function reportText({ exit, checks, about, fork }: Report): string {
  const files = checks.filter(({ name }) => name.startsWith('file '))
  const intact = files.filter(({ state }) => state === 'passed').length
  const shown = checks.filter((check) => !files.includes(check) || check.state !== 'passed')
  const width = Math.max(...shown.map(({ name }) => name.length))
  return [
    ...about.map(plain),
    ...shown.map(
      ({ name, state, says }) => `${state.padEnd(8)}  ${plain(name).padEnd(width)}  ${plain(says)}`,
    ),
    ...(files.length > 0 ? [`files: ${intact} of ${files.length} are as listed`] : []),
    ...fork.map(
      ({ source, size, root, note }) =>
        `head of ${size} entries, ${plain(source)}: ${root}\n${note === null ? '' : plain(note)}`,
    ),
    `${VERDICTS[exit]}: ${countText(checks)}`,
    '',
  ].join('\n')
}

const VERDICTS = {
  0: 'valid',
  10: 'consistent, not anchored or not complete',
  20: 'invalid',
  30: 'fork: the log has shown two histories',
} as const satisfies Record<Report['exit'], string>

function countText(checks: readonly Check[]): string {
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length
  return `${count('passed')} checks passed, ${count('failed')} failed, ${count('not made')} not made`
}

/** What is not printed as it is: control characters, and what turns the direction of a text around. */
function plain(text: string): string {
  return text.replaceAll(
    UNPRINTABLE,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu
