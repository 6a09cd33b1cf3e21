import type { HostReader } from '../discovery/host-reader.ts'
import { withServiceNames } from '../discovery/services.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import { initialDocuments } from '../registry/documents/suggest.ts'
import { writeDocuments } from '../registry/documents/write.ts'

export { SCHEMA_FILE } from '../registry/documents/write.ts'
import { survey } from './survey.ts'

/** A first portreeve.yaml from what listens on this host. */
export async function firstDocuments(
  host: HostReader | null,
  at: Instant,
): Promise<{ text: string; ports: number; todos: number }> {
  if (host === null)
    throw new Refusal('unsupported', `this system (${process.platform}) cannot be observed`, {
      hint: 'write portreeve.yaml by hand: portreeve schema Port',
    })
  const reading = withServiceNames(await host.read())
  const claim = reading.places[0]?.place
  if (claim === undefined) throw new Error('the host spoke of no place')
  const { documents, notes } = initialDocuments({
    place: claim,
    ports: survey([reading], [], at, false).rows,
  })
  const text = writeDocuments(documents, notes)
  return {
    text,
    ports: documents.filter(({ kind }) => kind === 'Port').length,
    todos: text.match(/\bTODO\b/g)?.length ?? 0,
  }
}
