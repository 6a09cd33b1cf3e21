import type { Output, Parsed } from '../api/operations.ts'
import type { Environment } from './environment.ts'
import { documentView } from './show-port.ts'

export async function listDocuments(
  env: Environment,
  input: Parsed<'listDocuments'>,
): Promise<Output<'listDocuments'>> {
  const rows = await env.store.read.documents(input.kind)
  return { documents: rows.map(documentView) }
}
