import { createHash } from 'node:crypto'
import type { Connection } from './connection.ts'
import { stateText } from './state-text.ts'

/** `sha256:<hex>` over every row of the book's tables. The same on both engines. */
export async function fingerprint(connection: Connection): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of stateText(connection, PAGE)) hash.update(piece)
  return `sha256:${hash.digest('hex')}`
}

const PAGE = 5_000
