import type { HostReader } from '../discovery/host-reader.ts'
import { withServiceNames } from '../discovery/services.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import { jsonSchema } from '../registry/documents/json-schema.ts'
import { initialDocuments } from '../registry/documents/suggest.ts'
import { SCHEMA_FILE, writeDocuments } from '../registry/documents/write.ts'
import { survey } from './survey.ts'

interface FirstDocuments {
  readonly text: string
  /** JSON Schema for the editor, in a file beside. */
  readonly schema: { readonly file: string; readonly text: string }
  readonly ports: number
  readonly todos: number
}

/** A first portreeve.yaml from what listens on this host. */
export async function firstDocuments(host: HostReader | null, at: Instant): Promise<FirstDocuments> {
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
    schema: { file: SCHEMA_FILE, text: `${JSON.stringify(jsonSchema(null), null, 1)}\n` },
    ports: documents.filter(({ kind }) => kind === 'Port').length,
    todos: text.match(/\bTODO\b/g)?.length ?? 0,
  }
}
