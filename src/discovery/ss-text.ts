import type { Reading } from '../model/source.ts'
import { Refusal } from '../model/refusal.ts'
import { LINUX_EPHEMERAL, socketSightings } from './socket-sightings.ts'
import { type SsText, parseSs } from './ss.ts'

export interface SsTextOptions {
  /** Name of the host the text is about; the text does not say. */
  readonly host: string
  /** From where it was seen, `on-host` where the host's own `ss` wrote it; null where nobody said. */
  readonly vantage: string | null
  /** `sha256:<hex>` of the text's bytes. */
  readonly digest: string | null
}

/**
 * `ss` text that somebody recorded elsewhere. `name` is the file's path. Absence proves nothing here: the text
 * does not say with which filter it was made.
 *
 * Refusal `source-invalid` where no row can be read.
 */
export function readSsText(name: string, text: string, options: SsTextOptions): Reading {
  const read = parseSs(text)
  if (read.sockets.length === 0 && read.others.size === 0 && text.trim() !== '') throw unreadable(name, read)
  const sightings = socketSightings(read.sockets, { ephemeral: linuxDefault, file: name })
  const place = { kind: 'host', name: options.host, identity: null, names: [options.host] } as const
  return {
    source: { name, kind: 'ss-text', vantage: options.vantage, digest: options.digest },
    at: null,
    complete: read.faults.length === 0,
    places: [{ place: { ...place, addresses: [], realm: 'default' }, sightings, absent: [] }],
    notes: notes(read),
  }
}

const linuxDefault = () => LINUX_EPHEMERAL

/** A hostile text could otherwise answer with as many notes as it has lines. */
const NOTED_FAULTS = 20

function notes({ others, faults }: SsText): string[] {
  const counted = [...others].map(
    ([what, count]) => `${count} ${what} ${count === 1 ? 'row' : 'rows'} not listed`,
  )
  const lines = faults.slice(0, NOTED_FAULTS).map(({ line, message }) => `line ${line}: ${message}`)
  const more = faults.length - lines.length
  return [
    'the text does not say how it was made, so a port that is not in it is not taken as closed',
    ...counted,
    ...lines,
    ...(more > 0 ? [`${more} more lines could not be read`] : []),
  ]
}

function unreadable(name: string, { faults }: SsText): Refusal {
  return new Refusal('source-invalid', `${name} has no row of ss that can be read`, {
    hint: 'record it with: ss -tulpnH -O',
    faults: faults.slice(0, NOTED_FAULTS).map(({ line, message }) => ({
      message,
      position: { file: name, line, column: 1 },
      hint: null,
    })),
  })
}
