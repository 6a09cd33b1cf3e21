import type { BookAt, PortRow } from '../registry/book.ts'
import { coversPort, type Hold } from '../registry/hold.ts'

/** Of these holds those that keep something that a port's page rests on. */
export async function holdsOver(
  read: BookAt,
  row: PortRow,
  holds: readonly Hold[],
): Promise<readonly Hold[]> {
  if (holds.length === 0) return []
  const place = await read.place(row.place)
  const named = [
    ['Port', row.record],
    ['System', row.system],
    ['Place', place?.declared ?? null],
  ] as const
  const documents = []
  for (const [kind, name] of named) {
    const document = name === null ? null : await read.document(kind, name)
    if (document !== null) documents.push(document)
  }
  const port = { place: row.place, placeNames: place?.names ?? [], documents }
  return holds.filter(({ scope }) => coversPort(scope, port))
}
