import { signedLine, type SoftwareSigner } from '../../test/support/signers.ts'
import type { Draft, JsonObject } from '../model/entry.ts'
import { possessionText } from './key-act.ts'
import { beginRegistry, type KeyRegistry } from './key-registry.ts'
import { draftStatement, sealDraft } from './leaf.ts'
import { genesisDraft } from './log.ts'
import { type LedgerRecord, readRecord } from './record.ts'

/** Entries of type key as they come from a writer or from somebody who wants to be one. */

export const ORIGIN = 'portreeve.local/test'
export const LOG_KEY = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')
const AT = '2026-11-26T09:00:00.000Z'
const random = (bytes: number) => Buffer.alloc(bytes, 7)

export function genesisRegistry(): KeyRegistry {
  const draft = genesisDraft({ origin: ORIGIN, key: LOG_KEY, at: AT, random, software: 'portreeve/0' })
  return beginRegistry(readRecord(sealDraft(draft, { origin: ORIGIN, random }).leaf))
}

export function recordOf(body: JsonObject, of: Partial<Draft> = {}): LedgerRecord {
  return readRecord(sealDraft(draftOf(body, of), { origin: ORIGIN, random }).leaf)
}

/** Signed by all of them, the first of whom speaks. */
export function statementOf(
  body: JsonObject,
  signers: readonly SoftwareSigner[],
  of: Partial<Draft> & { readonly by?: string } = {},
): LedgerRecord {
  const speaker = { by: of.by ?? signers[0]?.key.name ?? 'nobody', base: { size: 1, root: Buffer.alloc(32) } }
  const { text } = draftStatement(draftOf(body, of), { origin: ORIGIN, random }, speaker)
  return readRecord(Buffer.from(`${text}\n${signers.map((signer) => signedLine(signer, text)).join('')}`))
}

export function possession(signer: SoftwareSigner): string {
  const proof = signer.sign(possessionText(ORIGIN, signer.key), 'portreeve.dev/possession/v1')
  return Buffer.from(proof).toString('base64')
}

/** A root act; its keys in their order, each with its proof where it is a record. */
export function rootBody(signers: readonly SoftwareSigner[], threshold: number, proven: boolean): JsonObject {
  const sorted = signers.toSorted((a, b) => (a.key.text < b.key.text ? -1 : 1))
  const body = { act: 'root', root_keys: sorted.map(({ key }) => key.text), threshold }
  return proven ? { ...body, possession: sorted.map(possession) } : body
}

export function enrolBody(signer: SoftwareSigner, proven: boolean, more: JsonObject = {}): JsonObject {
  const { text, name } = signer.key
  const body = { act: 'enrol', holder: name, key: text, kind: 'person', scope: ['hold'], ...more }
  return proven ? { ...body, possession: possession(signer) } : body
}

function draftOf(body: JsonObject, of: Partial<Draft>): Draft {
  const id = '0123456789abcdef0123456789abcdef'
  return { id, type: of.type ?? 'key', at: AT, body, personal: of.personal ?? [] }
}
