import { randomBytes } from 'node:crypto'

import type { Book } from '../src/actions/book.ts'
import { entryDraft } from '../src/actions/draft.ts'
import { draftId } from '../src/ledger/log.ts'
import type { BookDocument } from '../src/model/document.ts'
import { declarationBody } from '../src/registry/declaration.ts'

const PORTS_AT_A_PLACE = 100
/** When each was declared. */
export const AT = '2026-11-23T10:00:00.000Z'
export const random = (bytes: number): Uint8Array => randomBytes(bytes)

/** So many records, a hundred ports at a place, in one wish. */
export function declare(book: Book, first: number, count: number): Promise<unknown> {
  return book.append(async () =>
    Array.from({ length: count }, (_, n) =>
      entryDraft({
        id: draftId(random),
        type: 'declaration',
        at: AT,
        body: declarationBody(port(first + n), 'bench'),
        more: n < count - 1,
      }),
    ),
  )
}

function port(n: number): BookDocument {
  const host = `host-${Math.floor(n / PORTS_AT_A_PLACE)}`
  return {
    kind: 'Port',
    name: `${host}.service-${n % PORTS_AT_A_PLACE}`,
    spec: {
      at: { host },
      owner: `team/${n % 2000}`,
      bindings: [{ transport: 'tcp', port: 1000 + (n % PORTS_AT_A_PLACE), address: '10.0.0.1' }],
      purpose: `What service ${n % PORTS_AT_A_PLACE} is for`,
    },
    position: { file: 'portreeve.yaml', line: n + 1, column: 1 },
  }
}
