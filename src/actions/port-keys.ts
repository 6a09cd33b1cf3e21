import { portKeyText } from '../model/port.ts'
import type { BookAt, PortRow, SightingRow } from '../registry/book.ts'

/**
 * The sightings that the port stands for. The same number in another namespace is another port; a scan, which knows
 * no namespace, says `net:1` as the host's own sockets do.
 */
export async function sightingsOf(read: BookAt, row: PortRow): Promise<readonly SightingRow[]> {
  const all = await read.sightings(row.place)
  return all.filter(
    ({ sighting }) =>
      sighting.net === row.net &&
      sighting.transport === row.transport &&
      sighting.port <= row.last &&
      sighting.last >= row.port &&
      row.sources.length > 0 &&
      sameAddress(row, sighting.address),
  )
}

/** Keys (`portKeyText`) under which the port was ever seen, as far as its page tells. */
export async function sightingKeys(read: BookAt, row: PortRow): Promise<ReadonlySet<string>> {
  const keys = new Set((await sightingsOf(read, row)).map(({ sighting }) => portKeyText(sighting)))
  if (row.address !== null) keys.add(row.id.slice(row.place.length + 1))
  return keys
}

function sameAddress(row: PortRow, address: string | null): boolean {
  return address === row.address || row.address === null || ['*', '0.0.0.0', '::'].includes(row.address)
}
