import type { Hop, Reach } from '../model/reach.ts'
import { plain } from './terminal.ts'

/** Hop by hop, each with its rule and where that stands. */
export function hopLines(hops: readonly Hop[]): string {
  return hops
    .map(
      ({ at, rule, source }) =>
        `  ${plain(at)}: ${plain(rule)}${source === null ? '' : ` (${plain(source)})`}\n`,
    )
    .join('')
}

/** What is proved and what is merely possible, never in one word. */
export function reachText(reach: Reach): string {
  const proved = reach.must.length === 0 ? 'nobody' : reach.must.join(', ')
  const possible = reach.may.filter((zone) => !reach.must.includes(zone))
  const lines = [
    `surely reachable from: ${proved}`,
    ...(possible.length === 0 ? [] : [`possibly reachable from: ${possible.join(', ')}`]),
    ...reach.via.map(
      ({ from, through, source }) =>
        `from ${from} through ${through}${source === null ? '' : ` (${source})`}`,
    ),
    ...reach.reasons.map(({ text }) => `because ${text}`),
  ]
  const paths = reach.paths.map(
    ({ from, bound, hops }) =>
      `\nfrom ${plain(from)}${bound === 'may' ? ' (possible)' : ''}:\n${hopLines(hops)}`,
  )
  return `${lines.map((line) => `${plain(line)}\n`).join('')}${paths.join('')}`
}
