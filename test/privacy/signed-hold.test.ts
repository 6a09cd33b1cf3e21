import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'

import { possessionText } from '../../src/ledger/key-act.ts'
import type { KeyAct } from '../../src/api/keys.ts'
import { bookAt, type OpenBook } from '../support/book.ts'
import { expectRefusal, workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { signedLine, type SoftwareSigner, softwareSigner } from '../support/signers.ts'
import { signElsewhere, sshKeys } from '../support/ssh-files.ts'

const WHY = ['--reason', 'Claim 4711']
const ERASE = ['erase', 'jane.doe@example.com', '--basis', 'GDPR Art. 17(1)(b)']

describe('a hold, once keys of people are enrolled for it', { timeout: 120_000 }, () => {
  test('is placed and released by signatures of OpenSSH, made here or elsewhere, and by no bare word', async () => {
    const place = await withKeys('anna', 'bert')
    expectRefusal(
      await place.run(['hold', 'place', 'claim', ...WHY]),
      /a bare word does not count any more/,
      /portreeve hold place claim --reason … --sign KEY/,
    )
    expect((await place.run(['hold', 'place', 'claim', ...WHY, '--sign', 'anna'])).out).toMatch(
      /^hold claim placed, ledger entry \d+\n$/,
    )
    expectRefusal(await place.run(ERASE), /hold claim of p_anna/, /two people .* hold release claim/)
    expectRefusal(
      await place.run(['hold', 'release', 'claim', ...WHY, '--as', 'p_bert']),
      /a bare word/,
      /--sign KEY/,
    )
    expect((await place.run(['hold', 'release', 'claim', ...WHY, '--sign', 'anna'])).out).toMatch(
      /claim stands: 1 of 2 people/,
    )
    expect((await place.run(['hold', 'list'])).out).toMatch(
      /claim +\d+ hold +p_anna +everything +p_anna \(signed\)/,
    )
    expectRefusal(
      await place.run(['hold', 'release', 'claim', ...WHY, '--sign', 'anna']),
      /p_anna has said already/,
      /second person/,
    )
    expectRefusal(await place.run(ERASE), /claim/, /one more person besides p_anna/)

    const elsewhere = ['--statement', 'release.txt', '--holder', 'p_bert']
    const drafted = await place.run(['hold', 'release', 'claim', ...WHY, ...elsewhere])
    expect(drafted.out).toMatch(/ssh-keygen -Y sign -f KEY -n portreeve.dev\/statement\/v1 release.txt/)
    const forged = signElsewhere(place, 'anna', 'release.txt')
    expectRefusal(await place.run(['key', 'submit', 'release.txt', '--signature', forged]), /p_bert|p_anna/)
    const signature = signElsewhere(place, 'bert', 'release.txt')
    expect(await place.run(['key', 'submit', 'release.txt', '--signature', signature])).toMatchObject({
      code: 0,
    })
    expect(await place.json(['hold', 'list', '--json'])).toEqual({ holds: [] })
    expect((await place.run(ERASE)).out).toMatch(/^1 value in 1 entry erased/)
    expect((await place.run(['log', 'list'])).out).toMatch(/hold claim may end: .*, signed by p_bert/)
  })

  test('is not released twice by one person with two keys, nor by a machine, nor by a key for other things', async () => {
    const place = await withKeys('anna')
    sshKeys(place, 'anna2', 'robot', 'carl')
    for (const [file, holder, ...more] of [
      ['anna2', 'p_anna', '--scope', 'hold'],
      ['robot', 'robot-1', '--scope', 'hold', '--kind', 'machine'],
      ['carl', 'p_carl', '--scope', 'decision'],
    ] as const)
      expect(await place.run(['key', 'enroll', `${file}.pub`, '--holder', holder, ...more])).toMatchObject({
        code: 0,
      })
    await place.run(['hold', 'place', 'claim', ...WHY, '--sign', 'anna'])
    const release = (key: string, ...more: string[]) =>
      place.run(['hold', 'release', 'claim', ...WHY, '--sign', key, ...more])
    expect(await release('anna')).toMatchObject({ code: 0 })
    expectRefusal(await release('anna2'), /p_anna has said already/)
    expectRefusal(await release('robot'), /the key of robot-1 is not a person's/)
    expectRefusal(await release('carl'), /no key that is enrolled for holds/, /--holder/)
  })
})

describe('what was signed about a hold', { timeout: 60_000 }, () => {
  const [anna, bert, carl] = ['p_anna', 'p_bert', 'p_carl'].map((name) =>
    softwareSigner('ssh-ed25519', name),
  ) as [SoftwareSigner, SoftwareSigner, SoftwareSigner]

  test('does not count by a retired key, out of scope, for another log, or on another history', async () => {
    const book = await bookWith([anna, ['hold']], [bert, ['hold']], [carl, ['decision']])
    await say(book, 'place', anna)
    await expect(say(book, 'release', carl)).rejects.toMatchObject({ code: 'key-scope' })
    const text = await textOf(book, 'release', bert)
    const changed = (from: string | RegExp, to: string) => {
      const other = text.replace(from, to)
      expect(other).not.toBe(text)
      return submit(book, other, bert)
    }
    await expect(changed(/"log":"[^"]*"/, '"log":"portreeve.local/other"')).rejects.toMatchObject({
      code: 'other-log',
    })
    await expect(changed(/"root":"[^"]{4}/, '"root":"AAAA')).rejects.toMatchObject({ code: 'base-unknown' })
    await expect(changed('"reason":', '"motive":')).rejects.toMatchObject({ code: 'leaf-invalid' })
    await expect(changed('"claim"', '"other"')).rejects.toMatchObject({ code: 'not-found' })
    await expect(changed('4711', 'ann@example.com')).rejects.toMatchObject({ code: 'leaf-invalid' })
    await expect(submit(book, text, bert, anna)).rejects.toMatchObject({ code: 'bad-input' })
    const body = { act: 'retire', key: bert.key.text, reason: 'new laptop' } as const
    await book.desk.call('writeKeyAct', { body, possession: [] })
    await expect(submit(book, text, bert)).rejects.toMatchObject({ code: 'key-retired' })
    expect(await standing(book)).toEqual([['claim', 0]])
  })

  test('is answered again with the same bytes, refused with others, and releases no later hold of that name', async () => {
    const book = await bookWith([anna, ['hold']], [bert, ['hold']], [carl, ['hold']])
    await say(book, 'place', anna)
    const kept = await textOf(book, 'release', carl)
    const text = await textOf(book, 'release', anna)
    const first = await submit(book, text, anna)
    expect(await submit(book, text, anna)).toEqual({ ...first, repeated: true })
    await expect(submit(book, text.replace('4711', '4712'), anna)).rejects.toMatchObject({
      code: 'idempotency-conflict',
    })
    await say(book, 'release', bert)
    expect(await standing(book)).toEqual([])
    await expect(submit(book, kept, carl)).rejects.toMatchObject({ code: 'not-found' })
    await say(book, 'place', anna)
    await expect(submit(book, kept, carl)).rejects.toMatchObject({ code: 'conflict' })
    expect(await submit(book, text, anna)).toMatchObject({ repeated: true })
    expect(await standing(book)).toEqual([['claim', 0]])
  })

  test('counts no more when the key turns out to have been stolen: the hold stands again', async () => {
    const book = await bookWith([anna, ['hold']], [bert, ['hold']])
    await say(book, 'place', anna)
    await say(book, 'release', anna)
    const { index } = await say(book, 'release', bert)
    expect(await standing(book)).toEqual([])
    const body = { act: 'compromise', key: bert.key.text, since_index: index, reason: 'stolen' } as const
    await book.desk.call('writeKeyAct', { body, possession: [] })
    expect(await standing(book)).toEqual([['claim', 1]])
  })

  test('counts once for one key that was enrolled in two forms under two names', async () => {
    const ssh = softwareSigner('ssh-rsa', 'p_anna')
    const browser = softwareSigner('webauthn-rs256', 'p_other')
    expect(browser.key.material).not.toEqual(ssh.key.material)
    const book = await bookWith([ssh, ['hold']], [browser, ['hold']])
    await say(book, 'place', ssh)
    await say(book, 'release', ssh)
    await expect(say(book, 'release', browser)).rejects.toMatchObject({ code: 'conflict' })
    expect(await standing(book)).toEqual([['claim', 1]])
  })

  test('needs two signatures although somebody’s bare word had been taken before', async () => {
    const book = await bookWith()
    await book.desk.call('placeHold', { hold: 'claim', reason: 'Claim' })
    await book.desk.call('releaseHold', { hold: 'claim', reason: 'Settled', as: 'p_zoe' })
    await enroll(book, anna, ['hold'])
    await enroll(book, bert, ['hold'])
    await expect(
      book.desk.call('releaseHold', { hold: 'claim', reason: 'Settled', as: 'p_yan' }),
    ).rejects.toMatchObject({ code: 'unsigned' })
    await say(book, 'release', anna)
    expect(await standing(book)).toEqual([['claim', 1]])
    await say(book, 'release', bert)
    expect(await standing(book)).toEqual([])
  })
})

type Scope = Extract<KeyAct, { act: 'enrol' }>['scope']

async function withKeys(...names: readonly string[]): Promise<Workplace> {
  const place = workplace()
  place.put('db.portreeve.yaml', portDocument('db', 5432, { purpose: 'Ask jane.doe@example.com' }))
  expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
  sshKeys(place, ...names)
  for (const name of names)
    expect(
      await place.run(['key', 'enroll', `${name}.pub`, '--holder', `p_${name}`, '--scope', 'hold']),
    ).toMatchObject({ code: 0 })
  return place
}

async function bookWith(...keys: readonly (readonly [SoftwareSigner, Scope])[]): Promise<OpenBook> {
  const data = mkdtempSync(join(tmpdir(), 'portreeve-holds-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  const book = await bookAt(data)
  onTestFinished(() => book.close())
  for (const [signer, scope] of keys) await enroll(book, signer, scope)
  return book
}

async function enroll({ desk }: OpenBook, { key, sign }: SoftwareSigner, scope: Scope): Promise<void> {
  const { origin } = await desk.call('listKeys', {})
  const namespace = 'portreeve.dev/possession/v1'
  const signature = Buffer.from(sign(possessionText(origin, key), namespace)).toString('base64')
  const body = { act: 'enrol', key: key.text, holder: key.name, kind: 'person', scope } as const
  await desk.call('writeKeyAct', { body, possession: [{ key: key.text, signature }] })
}

async function textOf(
  { desk }: OpenBook,
  act: 'place' | 'release',
  { key }: SoftwareSigner,
): Promise<string> {
  const { texts } = await desk.call('draftHold', { act, hold: 'claim', reason: 'Claim 4711', by: key.name })
  return texts[0]?.text ?? ''
}

function submit({ desk }: OpenBook, text: string, ...signers: readonly SoftwareSigner[]) {
  return desk.call('submitStatement', { text, signatures: signers.map((signer) => signedLine(signer, text)) })
}

async function say(book: OpenBook, act: 'place' | 'release', signer: SoftwareSigner) {
  return submit(book, await textOf(book, act, signer), signer)
}

/** Each hold that stands, and how many have said that it may end. */
async function standing({ desk }: OpenBook): Promise<[string, number][]> {
  const { holds } = await desk.call('listHolds', {})
  return holds.map(({ hold, releases }) => [hold, releases.length])
}
