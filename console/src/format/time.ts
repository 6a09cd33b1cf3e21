/** Times as people read them: local with the zone's name. The zone is an argument so that tests can hold it. */
export interface Clockwork {
  readonly locale: string
  readonly zone: string | undefined
}

export const HERE: Clockwork = { locale: 'en-GB', zone: undefined }

/** `3 Mar 2026, 14:02:15 CET` */
export function localTime(instant: string, { locale, zone }: Clockwork = HERE): string {
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
    timeZone: zone,
  }).format(new Date(instant))
}

/** `3 Mar 14:02:15`, for dense lists; the full form stands in the title. */
export function shortTime(instant: string, { locale, zone }: Clockwork = HERE): string {
  const at = new Date(instant)
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: zone }).format(at)
  return `${day} ${clockTime(at, { locale, zone })}`
}

/** `2026-03-03 13:02:15.120 UTC` */
export function utcTime(instant: string): string {
  return `${instant.replace('T', ' ').replace('Z', '')} UTC`
}

/** `3 Mar 14:02:10 – 14:02:15`; `before 3 Mar 14:02:15` where nothing saw it closed earlier. */
export function interval(of: { notBefore: string | null; notAfter: string }, by: Clockwork = HERE): string {
  if (of.notBefore === null) return `before ${shortTime(of.notAfter, by)}`
  const from = shortTime(of.notBefore, by)
  const until = shortTime(of.notAfter, by)
  if (from === until) return until
  return sameDay(from, until) ? `${from} – ${clockTime(new Date(of.notAfter), by)}` : `${from} – ${until}`
}

function clockTime(at: Date, { locale, zone }: Clockwork): string {
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone: zone,
  }).format(at)
}

function sameDay(from: string, until: string): boolean {
  return from.slice(0, from.lastIndexOf(' ')) === until.slice(0, until.lastIndexOf(' '))
}
