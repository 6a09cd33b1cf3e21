import type { PortRange } from '../../model/port.ts'

/** `1-1024,3306,8000-8100` of `scaninfo` and `extrareasons`; what is no port is passed over. */
export function parseRanges(text: string): readonly PortRange[] {
  const ranges: PortRange[] = []
  // There are no more ports than that; a hostile list can be longer than memory holds as ranges.
  for (const part of text.split(',', 65_536)) {
    const dash = part.indexOf('-')
    const first = portNumber(dash === -1 ? part : part.slice(0, dash))
    const last = dash === -1 ? first : portNumber(part.slice(dash + 1))
    if (first !== null && last !== null && first <= last) ranges.push({ first, last })
  }
  return ranges
}

/** 1 to 65535 in decimal digits, else null. */
export function portNumber(text: string): number | null {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return value >= 1 && value <= 65_535 ? value : null
}

/** The same ports in order, each once. */
export function unite(ranges: readonly PortRange[]): readonly PortRange[] {
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
