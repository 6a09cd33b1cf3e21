import { z } from 'zod'

import { KeyAct, KeyDraft, KeysView } from './keys.ts'
import { operation } from './operation.ts'

const written = () => z.object({ index: z.int(), repeated: z.boolean() })

export const KEY_OPERATIONS = {
  listKeys: operation({
    method: 'GET',
    path: '/keys',
    summary: 'Whose signatures count: keys of the log, root keys, and keys of people and machines',
    capability: 'read',
    input: z.object({}),
    output: KeysView,
    refusals: [],
  }),
  draftKeyAct: operation({
    method: 'POST',
    path: '/keys/draft',
    summary: 'The text that must be signed before a key is enrolled, retired or replaced; nothing is written',
    capability: 'administer',
    input: z.object({
      body: KeyAct,
      by: z
        .string()
        .max(64)
        .optional()
        .describe('who speaks; one of the signers. Default: the first root key'),
    }),
    output: KeyDraft,
    refusals: ['leaf-invalid', 'key-refused', 'key-unknown', 'conflict', 'ledger-key'],
  }),
  writeKeyAct: operation({
    method: 'POST',
    path: '/keys',
    summary: 'Enrol, retire or replace a key on the word of the log, while it has no root keys',
    capability: 'administer',
    local: true,
    input: z.object({
      body: KeyAct,
      possession: z
        .array(z.object({ key: z.string().max(6000), signature: z.string().max(24_000) }))
        .max(16)
        .describe('proof that each new key is held: base64 of its signature over the drafted text'),
      idempotencyKey: z.string().max(200).optional(),
    }),
    output: written(),
    refusals: [
      'leaf-invalid',
      'key-refused',
      'key-unknown',
      'quorum-missing',
      'signature-invalid',
      'conflict',
      'idempotency-conflict',
      'ledger-key',
    ],
  }),
  submitStatement: operation({
    method: 'POST',
    path: '/statements',
    summary: 'Put a signed statement on the ledger; its signatures are its authority',
    capability: 'declare',
    input: z.object({
      text: z.string().max(40_000).describe('the text that was signed, byte for byte'),
      signatures: z.array(z.string().max(40_000)).min(1).max(100).describe('signature lines of a C2SP note'),
    }),
    output: written(),
    refusals: [
      'leaf-invalid',
      'other-log',
      'base-unknown',
      'bad-input',
      'not-found',
      'signature-invalid',
      'key-refused',
      'key-unknown',
      'key-retired',
      'key-scope',
      'quorum-missing',
      'conflict',
      'idempotency-conflict',
      'unsupported',
    ],
  }),
} as const
