import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import type { KeyAct } from '../../src/api/keys.ts'
import { possessionText } from '../../src/ledger/key-act.ts'
import { bookAt, expectSound, type OpenBook } from '../support/book.ts'
import { signedLine, SIGNER_KINDS, type SoftwareSigner, softwareSigner } from '../support/signers.ts'

/** A book on disk whose root keys are ann and bob, both of whom decide. */
async function rootedBook(): Promise<OpenBook> {
  const data = mkdtempSync(join(tmpdir(), 'portreeve-keys-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  const book = await bookAt(data)
  onTestFinished(() => book.close())
  const { origin } = await book.desk.call('listKeys', {})
  await book.desk.call('writeKeyAct', {
    body: { act: 'root', root_keys: [ann.key.text, bob.key.text], threshold: 2 },
    possession: [ann, bob].map((signer) => possession(origin, signer)),
  })
  return book
}
const [ann, bob, joe] = ['ann', 'bob', 'joe'].map((name) => softwareSigner('ssh-ed25519', name)) as Three
type Three = [SoftwareSigner, SoftwareSigner, SoftwareSigner]

function possession(origin: string, { key, sign }: SoftwareSigner) {
  const signature = sign(possessionText(origin, key), 'portreeve.dev/possession/v1')
  return { key: key.text, signature: Buffer.from(signature).toString('base64') }
}

function enrolment({ key }: SoftwareSigner): KeyAct {
  return { act: 'enrol', key: key.text, holder: key.name, kind: 'person', scope: ['hold'] }
}

async function draft({ desk }: OpenBook, body: KeyAct): Promise<string> {
  return (await desk.call('draftKeyAct', { body })).texts[0]?.text ?? ''
}

function submit({ desk }: OpenBook, text: string, ...signers: readonly SoftwareSigner[]) {
  return desk.call('submitStatement', { text, signatures: signers.map((signer) => signedLine(signer, text)) })
}

test('a key of every kind is enrolled by root keys, and the book folds to the same', async () => {
  const book = await rootedBook()
  const signers = SIGNER_KINDS.map((kind, n) => softwareSigner(kind, `p_${n}`, kind))
  // Both are the one RSA key that tests have; as an SSH and as a WebAuthn key it is another key.
  for (const signer of signers) await submit(book, await draft(book, enrolment(signer)), ann, bob, signer)
  const { keys } = await book.desk.call('listKeys', {})
  expect(keys.map(({ name, standing }) => [name, standing])).toEqual(
    signers.map(({ key }) => [key.name, 'in-force']),
  )
  expect(await expectSound(book)).toBe(2 + signers.length)
})

test('what is wrong with a statement is named, and nothing of it is written', async () => {
  const book = await rootedBook()
  const text = await draft(book, enrolment(joe))
  const changed = (from: string | RegExp, to: string) => text.replace(from, to)
  const refusals = [
    [changed(/"log":"[^"]*"/, '"log":"portreeve.local/other"'), 'other-log'],
    [changed(/"root":"[^"]{4}/, '"root":"AAAA'), 'base-unknown'],
    [changed(/"size":\d+/, '"size":99'), 'base-unknown'],
    [changed('"body":', '"bodx":'), 'leaf-invalid'],
    [changed('"act":"enrol"', '"until":1.5,"act":"enrol"'), 'leaf-invalid'],
    [changed(/\{"act":"enrol",("holder":"joe"),/, '{$1,"act":"enrol",'), 'leaf-invalid'],
    [changed('"scope":["hold"]', `"scope":["${'x'.repeat(33_000)}"]`), 'leaf-invalid'],
    [changed('"t":"key"', '"t":"declaration"'), 'unsupported'],
    [changed('statement/v1', 'record/v1'), 'leaf-invalid'],
  ] as const
  for (const [bad, code] of refusals)
    await expect([bad === text, code, submit(book, bad, ann, bob, joe)][2]).rejects.toMatchObject({ code })
  const stranger = softwareSigner('ed25519', 'eve')
  await expect(submit(book, text, ann, bob, joe, stranger)).rejects.toMatchObject({ code: 'key-unknown' })
  await expect(submit(book, text, ann, joe)).rejects.toMatchObject({ code: 'quorum-missing' })
  const forged = { ...bob, sign: () => Buffer.alloc(64, 1) }
  await expect(submit(book, text, ann, forged, joe)).rejects.toMatchObject({ code: 'signature-invalid' })
  const line = 'p_1 AAAA'
  await expect(book.desk.call('submitStatement', { text, signatures: [line] })).rejects.toMatchObject({
    code: 'bad-input',
  })
  expect(refusals.every(([bad]) => bad !== text)).toBe(true)
  expect((await book.env.store.read.head())?.size).toBe(2)
  await expect(submit(book, text, ann, bob, joe)).resolves.toEqual({ index: 2, repeated: false })
})

test('a statement that comes again is answered as before, and with other bytes it is refused', async () => {
  const book = await rootedBook()
  const text = await draft(book, enrolment(joe))
  const both = await Promise.all([submit(book, text, ann, bob, joe), submit(book, text, ann, bob, joe)])
  expect(both).toEqual([
    { index: 2, repeated: false },
    { index: 2, repeated: true },
  ])
  await expect(submit(book, text, bob, ann, joe)).rejects.toMatchObject({ code: 'idempotency-conflict' })
  const other = text.replace('"kind":"person"', '"kind":"machine"')
  await expect(submit(book, other, ann, bob, joe)).rejects.toMatchObject({ code: 'idempotency-conflict' })
})

test('of two that enrol one key at the same moment, one is written', async () => {
  const book = await rootedBook()
  const texts = [await draft(book, enrolment(joe)), await draft(book, enrolment(joe))]
  const [first, second] = await Promise.allSettled(texts.map((text) => submit(book, text, ann, bob, joe)))
  expect(first).toMatchObject({ status: 'fulfilled', value: { index: 2 } })
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } })
  expect((await book.desk.call('listKeys', {})).keys).toHaveLength(1)
})
