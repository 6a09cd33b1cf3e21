import type { Command } from 'commander'

import type { KeySignature } from '../actions/key-files.ts'
import type { KeyAct } from '../api/keys.ts'
import type { Desk, Output } from '../api/operations.ts'
import { type NoteKey, readNoteKey } from '../lib/note-key.ts'
import { Refusal } from '../model/refusal.ts'
import { bookOptions } from './options.ts'
import type { Runtime } from './runtime.ts'
import { gather, NAMESPACE, submit, type SigningDraft, type SubmitFlags, writeDraft } from './signing.ts'

/** An act about keys, from its draft over its signatures to its entry. */

export interface ActFlags extends SubmitFlags {
  readonly statement?: string
  readonly by?: string
}

export function actOptions(command: Command): Command {
  return bookOptions(command)
    .option('--sign <file...>', 'sign with these keys: OpenSSH keys, also of an agent or a token, or PEM')
    .option('--signature <file...>', 'proofs that were made elsewhere, while the log has no root keys')
    .option(
      '--statement <file>',
      'write what is to be signed into a new file, for signers elsewhere; nothing else happens',
    )
    .option('--by <name>', 'who of the signers speaks (default: the first root key)')
}

/** `own`: files of the keys that the act brings in; their holders are asked without being named again. */
export async function performAct(
  runtime: Runtime,
  flags: ActFlags,
  body: KeyAct,
  own: readonly string[],
): Promise<void> {
  const files = await runtime.signing()
  await runtime.withDesk(flags, async (desk) => {
    const draft = await desk.call('draftKeyAct', { body, by: flags.by })
    if (flags.statement !== undefined) return writeDraft(runtime, files, flags.statement, draft)
    const signatures = await gather(files, flags, own, draft.texts, await candidatesFor(desk, body))
    const written = await handIn(desk, body, draft, signatures)
    tell(runtime, written, draft.form === 'record')
  })
}

export async function submitSigned(runtime: Runtime, flags: SubmitFlags, path: string): Promise<void> {
  const files = await runtime.signing()
  const text = await files.read(path)
  await runtime.withDesk(flags, async (desk) => {
    const toSign = [{ key: null, text, namespace: NAMESPACE }]
    const signatures = await gather(files, flags, [], toSign, await candidatesFor(desk, bodyIn(text)))
    tell(runtime, await submit(desk, text, signatures), false)
  })
}

async function handIn(desk: Desk, body: KeyAct, draft: SigningDraft, signatures: readonly KeySignature[]) {
  if (draft.form === 'statement') return submit(desk, draft.texts[0]?.text ?? '', signatures)
  const possession = signatures.map(({ key, signature }) => ({
    key: key.text,
    signature: Buffer.from(signature).toString('base64'),
  }))
  return desk.call('writeKeyAct', { body, possession })
}

/** Who may sign: root keys, holders' keys, and the keys that the act brings in. */
async function candidatesFor(desk: Desk, body: Partial<KeyAct>): Promise<readonly NoteKey[]> {
  const { roots, keys } = await desk.call('listKeys', {})
  const known = [...(roots?.keys ?? []), ...keys].map(({ key }) => key)
  const fresh =
    'root_keys' in body
      ? (body.root_keys ?? [])
      : 'holder' in body && body.key !== undefined
        ? [body.key]
        : []
  return [...new Set([...known, ...fresh])].map((text) => readNoteKey(text))
}

/** The body of a statement as its file has it; the log judges it, this only looks for keys. */
function bodyIn(text: string): Partial<KeyAct> {
  try {
    const { body } = JSON.parse(text.split('\n')[1] ?? '') as { body: Partial<KeyAct> }
    return body
  } catch (cause) {
    throw new Refusal('leaf-invalid', 'the file does not hold the text of a statement', {
      hint: 'it is written by --statement FILE, and must not be changed',
      cause,
    })
  }
}

function tell(
  { terminal }: Runtime,
  { index, repeated }: Output<'submitStatement'>,
  onWordOfLog: boolean,
): void {
  terminal.out(repeated ? `ledger entry ${index} says this already\n` : `ledger entry ${index}\n`)
  if (onWordOfLog && !repeated)
    terminal.err(
      "portreeve: this stands on the log's word alone; portreeve key root names keys that decide instead\n",
    )
}
