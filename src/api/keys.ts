import { z } from 'zod'

import { ENTRY_TYPES, type EntryType, HOLDER_KINDS, KEY_SCOPES } from '../model/entry.ts'

/** Keys as docs/formats/ledger-keys-v1.md names them; a key's text is `name+keyid+base64(type ‖ key)`. */

const key = z.string().max(6000).describe('the text of a key')
const reason = z.string().min(1).max(200).describe('why; no names')
const EntryTypes = z.enum(ENTRY_TYPES as readonly [EntryType, ...EntryType[]])

/** What an entry of type key is to say; what only the log knows (its own next key) is filled in. */
export const KeyAct = z.discriminatedUnion('act', [
  z.strictObject({
    act: z.literal('root'),
    root_keys: z.array(key).min(1).max(16),
    threshold: z.int().min(1).max(16),
  }),
  z.strictObject({
    act: z.literal('enrol'),
    key,
    holder: z.string().max(64).describe('pseudonym, [a-z0-9_-]; the name of the key'),
    kind: z.enum(HOLDER_KINDS),
    scope: z
      .array(z.enum(KEY_SCOPES as [EntryType, ...EntryType[]]))
      .min(1)
      .describe('types of entry that it may sign'),
    until: z.string().optional().describe('RFC 3339 with milliseconds and Z; shown, decides nothing'),
  }),
  z.strictObject({ act: z.literal('retire'), key, reason }),
  z.strictObject({
    act: z.literal('compromise'),
    key,
    since_index: z.int().min(0).describe('signatures from this entry on do not count'),
    reason,
  }),
  z.strictObject({ act: z.literal('log') }),
  z.strictObject({ act: z.literal('log-end') }),
])
export type KeyAct = z.infer<typeof KeyAct>

export const KeyDraft = z.object({
  form: z
    .enum(['record', 'statement'])
    .describe('record: on the word of the log, while it has no root keys; statement: signed'),
  texts: z
    .array(
      z.object({
        key: z.string().nullable().describe('the only key that signs this text; null: every signer does'),
        text: z.string().describe('the exact bytes to be signed'),
        namespace: z.string().describe('of an SSHSIG'),
      }),
    )
    .describe('what is to be signed; nothing where the log alone decides'),
  needs: z.string().describe('whose signatures are needed, in words'),
})

const Word = z.enum(['log', 'roots', 'holder']).describe('on whose word; log: nobody confirmed it')

const ROOT_KEY = { key: z.string(), name: z.string(), keyId: z.string(), fingerprint: z.string().nullable() }

export const HeldKeyView = z.object({
  ...ROOT_KEY,
  type: z.string().describe('ed25519, webauthn, or the type of an SSH key'),
  kind: z.enum(HOLDER_KINDS),
  scope: z.array(EntryTypes),
  until: z.string().nullable().describe('a wish of who enrolled it; decides nothing'),
  standing: z.enum(['in-force', 'retired', 'compromised']),
  enrolled: z.object({ index: z.int(), word: Word }),
  retired: z.object({ index: z.int(), word: Word, reason: z.string() }).nullable(),
  compromises: z.array(
    z.object({
      index: z.int(),
      reach: z.int().describe('signatures from this entry on do not count'),
      word: Word,
      reason: z.string(),
    }),
  ),
})
export type HeldKeyView = z.infer<typeof HeldKeyView>

export const KeysView = z.object({
  origin: z.string(),
  size: z.int().describe('entries that were looked at'),
  logKeys: z.array(
    z.object({ key: z.string(), keyId: z.string(), from: z.int(), until: z.int().nullable() }),
  ),
  roots: z
    .object({ index: z.int(), threshold: z.int(), word: Word, keys: z.array(z.object(ROOT_KEY)) })
    .nullable()
    .describe('null: whoever runs the log decides'),
  keys: z.array(HeldKeyView),
})
export type KeysView = z.infer<typeof KeysView>

export const SignatureView = z.object({
  name: z.string(),
  keyId: z.string(),
  role: z
    .enum(['root', 'holder', 'new', 'none'])
    .describe('as what it counts; new: the key that the entry brings in; none: it does not count'),
  word: Word.nullable().describe('on whose word the key stands; null where it is new or unknown'),
  note: z.string().nullable().describe('why it does not count, or what became of the key'),
})
export type SignatureView = z.infer<typeof SignatureView>
