import type { PortRange } from '../../model/port.ts'

const COMMA = 0x2c
const DASH = 0x2d
const ZERO = 0x30

/** `1-1024,3306,8000-8100` of `scaninfo` and `extrareasons`; what is no port is passed over. */
export function parseRanges(text: string, start = 0, stop = text.length): readonly PortRange[] {
  const ranges: PortRange[] = []
  let from = start
  // There are no more ports than that; a hostile list can be longer than memory holds as ranges.
  while (from < stop && ranges.length < 65_536) {
    let dash = -1
    let end = from
    for (; end < stop; end++) {
      const character = text.charCodeAt(end)
      if (character === COMMA) break
      if (character === DASH && dash === -1) dash = end
    }
    const first = portNumber(text, from, dash === -1 ? end : dash)
    const last = dash === -1 ? first : portNumber(text, dash + 1, end)
    if (first !== 0 && first <= last) ranges.push({ first, last })
    from = end + 1
  }
  return ranges
}

/** 1 to 65535 in decimal digits, else 0. */
function portNumber(text: string, start: number, end: number): number {
  if (end - start > 5) return 0
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return 0
    value = 10 * value + digit
  }
  return value <= 65_535 ? value : 0
}

/** The same ports in order, each once. */
export function unite(ranges: readonly PortRange[]): readonly PortRange[] {
  // So does nmap write them.
  if (ranges.every((range, n) => n === 0 || range.first > ranges[n - 1]!.last + 1)) return ranges
  const united: PortRange[] = []
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = united.at(-1)
    if (last === undefined || range.first > last.last + 1) united.push(range)
    else if (range.last > last.last) united[united.length - 1] = { first: last.first, last: range.last }
  }
  return united
}

/** Ports of the united `ranges` that are not among `ports`. */
export function without(ranges: readonly PortRange[], ports: readonly number[]): readonly PortRange[] {
  const sorted = ports.toSorted((a, b) => a - b)
  const left: PortRange[] = []
  let next = 0
  for (const { first, last } of ranges) {
    let from = first
    while (next < sorted.length && (sorted[next] ?? 0) < first) next++
    for (; next < sorted.length && (sorted[next] ?? 0) <= last; next++) {
      const port = sorted[next] ?? 0
      if (from < port) left.push({ first: from, last: port - 1 })
      from = port + 1
    }
    if (from <= last) left.push({ first: from, last })
  }
  return left
}
