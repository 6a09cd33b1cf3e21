import type { Output, Parsed } from '../api/operations.ts'
import { bracketOf, widthOf, type Seen } from '../evidence/bracket.ts'
import type { Instant } from '../model/port.ts'
import type { SightingRow } from '../registry/book.ts'
import type { Environment, StoreReads } from './environment.ts'
import { seenAround } from './evidence-pack.ts'
import { findPort } from './find-port.ts'
import { historyOf, openingAt, outsideSources } from './port-opening.ts'
import { signedSize } from './proof-head.ts'

/** When a port went live: what the collector claims, where that is logged, and what others prove of it. */
export async function portInterval(
  env: Environment,
  input: Parsed<'portInterval'>,
): Promise<Output<'portInterval'>> {
  const { read } = env.store
  const row = await findPort(read, input.port)
  const now = env.now()
  const history = await historyOf(read, row, Number.MAX_SAFE_INTEGER, now)
  const opening = openingAt(history, now, await outsideSources(read, row.place))
  if (opening === null) return { port: row.id, opening: null }
  const size = await signedSize(read)
  const { seen, checkpoints } = await seenAround(read, { size }, opening.fromIndex)
  const { notBefore, notAfter } = bracketOf(opening.fromIndex, seen)
  const record = row.record === null ? null : await read.document('Port', row.record)
  const { since, source, fromIndex } = opening
  const sizes = checkpoints.map((checkpoint) => checkpoint.size).sort((a, b) => a - b)
  return {
    port: row.id,
    opening: {
      source,
      claimed: { notBefore: since.notBefore, notAfter: since.notAfter, clock: await clockOf(read, opening) },
      logged: { index: fromIndex, at: (await read.entry(fromIndex))?.at ?? since.notAfter },
      authorised:
        record === null ? null : { index: record.fromIndex, type: 'declaration', at: record.declaredAt },
      proven: { notBefore: seenView(notBefore), notAfter: seenView(notAfter) },
      checkpoints: {
        before: sizes.findLast((each) => each <= fromIndex) ?? null,
        after: sizes.find((each) => each > fromIndex) ?? null,
      },
      width: {
        claimed: widthOf(since.notBefore, since.notAfter),
        proven: widthOf(notBefore?.at, notAfter?.at),
      },
    },
  }
}

/** What the collector said of its clock when it saw the opening: it reports every hour. */
async function clockOf(read: StoreReads, { place, source, since }: SightingRow): Promise<string | null> {
  const rows = await read.coverage({ place, from: since.notAfter, until: shifted(since.notAfter) })
  const clock = rows.find((row) => row.source === source)?.collector?.['clock']
  return typeof clock === 'string' ? clock : null
}

function seenView(seen: Seen | null): { by: string; at: Instant; size: number } | null {
  if (seen === null) return null
  const by =
    seen.by === 'anchor'
      ? `a timestamp whose digest entry ${seen.index} holds`
      : `${seen.by === 'cosignature' ? 'witness' : 'timestamp authority'} ${seen.name}`
  return { by, at: seen.at, size: seen.size }
}

const HOUR_MS = 3_600_000

function shifted(at: Instant): Instant {
  return new Date(Date.parse(at) + HOUR_MS).toISOString()
}
