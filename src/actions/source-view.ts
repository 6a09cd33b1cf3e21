import type { SourceView } from '../api/views.ts'
import type { BookAt, SourceRow } from '../registry/book.ts'

/** The sources that speak of some places; more than a few hundred are not worth a line each. */
const MOST = 200

export async function sourceViews(
  read: BookAt,
  places: ReadonlySet<string>,
  notes: readonly string[],
): Promise<SourceView[]> {
  const seen = new Map<string, SourceView>()
  for (const place of [...places].slice(0, MOST)) {
    for (const row of await read.sources(place))
      if (!seen.has(row.source)) seen.set(row.source, sourceView(row, notes))
  }
  return [...seen.values()]
}

function sourceView(row: SourceRow, notes: readonly string[]): SourceView {
  return {
    name: row.source,
    kind: row.kind,
    vantage: row.vantage,
    digest: null,
    complete: row.lastComplete === row.lastPass,
    notes: [...notes],
  }
}
