import type { PortRange } from '../../model/port.ts'

/** `1-1024,3306,8000-8100` of `scaninfo` and `extrareasons`; what is no port is passed over. */
export function parseRanges(text: string): readonly PortRange[] {
  const ranges: PortRange[] = []
  for (const part of text.split(',')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part)
    if (match === null) continue
    const first = Number(match[1])
    const last = Number(match[2] ?? match[1])
    if (first >= 1 && first <= last && last <= 65535) ranges.push({ first, last })
  }
  return ranges
}
