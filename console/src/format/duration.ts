const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** Milliseconds in words, the two largest units: `3 days 4 hours`, `12 seconds`, `less than a second`. */
export function duration(ms: number): string {
  if (ms < 1000) return 'less than a second'
  const first = UNITS.findIndex(([, size]) => ms >= size)
  let rest = ms
  const parts = UNITS.slice(first, first + 2).map(([name, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return count === 0 ? '' : `${count} ${name}${count === 1 ? '' : 's'}`
  })
  return parts.filter((part) => part !== '').join(' ')
}

/** How wide an interval is: `0.412 s`, and from two minutes on in words. */
export function width(ms: number): string {
  return ms < 120_000 ? `${(ms / 1000).toFixed(3)} s` : duration(ms)
}

/** `3 minutes ago`; clocks differ a little between machines, so what lies ahead is `just now`. */
export function ago(instant: string, now: number): string {
  const ms = now - Date.parse(instant)
  return ms < 1000 ? 'just now' : `${duration(ms)} ago`
}
