import type { Output, Parsed } from '../api/operations.ts'
import { momentOf } from './as-of.ts'
import type { Environment } from './environment.ts'
import { documentView } from './show-port.ts'

export async function listDocuments(
  env: Environment,
  input: Parsed<'listDocuments'>,
): Promise<Output<'listDocuments'>> {
  const { read, asOf } = await momentOf(env, input.at)
  const rows = await read.documents(input.kind)
  return { documents: rows.map(documentView), asOf }
}
