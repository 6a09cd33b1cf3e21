import type { KeySignature, SigningFiles, ToSign } from '../actions/key-files.ts'
import type { Desk, Output } from '../api/operations.ts'
import type { NoteKey } from '../lib/note-key.ts'
import { Refusal } from '../model/refusal.ts'
import type { BookFlags, Runtime } from './runtime.ts'

/** What every signed act has in common: a text that is written out or signed here, signatures, and handing them in. */

export interface SubmitFlags extends BookFlags {
  readonly signature?: string[]
  readonly sign?: string[]
}

export const NAMESPACE = 'portreeve.dev/statement/v1'

export type SigningDraft = Output<'draftKeyAct'>

export async function writeDraft(
  { terminal }: Runtime,
  files: SigningFiles,
  path: string,
  { texts, needs }: SigningDraft,
): Promise<void> {
  const [first] = texts
  if (first === undefined)
    throw new Refusal('bad-input', 'there is nothing to sign', { hint: 'leave --statement out' })
  for (const [n, { text, namespace }] of texts.entries()) {
    const file = texts.length === 1 ? path : `${path}.${n + 1}`
    await files.write(file, text)
    terminal.out(`${file} is to be signed: ssh-keygen -Y sign -f KEY -n ${namespace} ${file}\n`)
  }
  terminal.err(`portreeve: ${needs}\n`)
  terminal.err(
    first.key === null
      ? `portreeve: then: portreeve key submit ${path} --signature ${path}.sig\n`
      : 'portreeve: then repeat the command with --signature and the files that hold the signatures\n',
  )
}

/** Each key once, in the order of the files; the same signature may come from two of them. */
export async function gather(
  files: SigningFiles,
  flags: SubmitFlags,
  own: readonly string[],
  toSign: readonly ToSign[],
  candidates: readonly NoteKey[],
): Promise<readonly KeySignature[]> {
  const { readSignatureFile, signWith } = await import('../actions/key-files.ts')
  const found = new Map<string, KeySignature>()
  for (const path of flags.signature ?? [])
    for (const one of await readSignatureFile(files, path, toSign, candidates)) found.set(one.key.text, one)
  const asked = toSign.length === 0 ? [] : [...(flags.sign ?? []), ...(found.size === 0 ? own : [])]
  for (const path of new Set(asked))
    for (const one of await signWith(files, path, toSign, candidates)) found.set(one.key.text, one)
  return [...found.values()]
}

export async function submit(desk: Desk, text: string, signatures: readonly KeySignature[]) {
  const { lineOf } = await import('../actions/key-files.ts')
  return desk.call('submitStatement', { text, signatures: signatures.map(lineOf) })
}
