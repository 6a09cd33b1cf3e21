import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import type { KeysView } from '../../src/api/keys.ts'
import type { EntryPage } from '../../src/api/views.ts'
import { readRecord } from '../../src/ledger/record.ts'
import { armourSshsig } from '../../src/lib/sshsig.ts'
import { expectRefusal, workplace, type Workplace } from '../support/cli.ts'
import { signElsewhere, sshKeys } from '../support/ssh-files.ts'

const keysOf = async (place: Workplace) => (await place.json(['key', 'list', '--json'])) as KeysView
const entryOf = async (place: Workplace, index: number) =>
  (await place.json(['log', 'show', String(index), '--json'])) as EntryPage

const enroll = (name: string, ...more: readonly string[]) => [
  'key',
  'enroll',
  `${name}.pub`,
  '--holder',
  `p_${name}`,
  '--scope',
  'hold',
  ...more,
]

const withKeys = (...names: readonly string[]) => {
  const place = workplace()
  sshKeys(place, ...names)
  return place
}

async function rooted(...names: readonly string[]): Promise<Workplace> {
  const place = workplace()
  sshKeys(place, 'ann', 'bob', 'eve', ...names)
  const root = ['key', 'root', 'r_ann=ann.pub', 'r_bob=bob.pub', 'r_eve=eve.pub', '--threshold', '2']
  expect(await place.run(root)).toMatchObject({ code: 0, out: 'ledger entry 1\n' })
  return place
}
const idOf = async (place: Workplace, name: string) =>
  (await keysOf(place)).keys.find((key) => key.name === name)?.keyId ?? ''

describe('on the word of the log', { timeout: 60_000 }, () => {
  test('a key of OpenSSH is enrolled, every display says on whose word, and its owner is not named', async () => {
    const place = withKeys('joe')
    const ran = await place.run(enroll('joe', 'decision'))
    expect(ran).toMatchObject({ code: 0, out: 'ledger entry 1\n' })
    expect(ran.err).toMatch(/on the log's word alone/)
    const { roots, keys } = await keysOf(place)
    expect(roots).toBeNull()
    expect(keys).toMatchObject([
      {
        name: 'p_joe',
        type: 'ssh-ed25519',
        kind: 'person',
        scope: ['decision', 'hold'],
        standing: 'in-force',
        enrolled: { index: 1, word: 'log' },
      },
    ])
    const printed = execFileSync('ssh-keygen', ['-lf', join(place.folder, 'joe.pub')], { encoding: 'utf8' })
    expect(printed).toContain(keys[0]?.fingerprint)
    const list = await place.run(['key', 'list'])
    expect(list.out).toMatch(/keys are enrolled on the word of the log alone/)
    expect(list.out).toMatch(/p_joe\+[0-9a-f]{8} +person +ssh-ed25519 .*entry 1, on the log's word/)
    expect((await place.run(['log', 'list'])).out).toMatch(
      /key +key p_joe\+[0-9a-f]{8} enrolled for decision, hold/,
    )
    expect((await entryOf(place, 1)).leaf).not.toMatch(/joe@|example\.com/)
    expectRefusal(await place.run(enroll('joe')), /enrolled since entry 1/)
  })

  test('the proof that a key is held may be made elsewhere', async () => {
    const place = withKeys('joe', 'eve')
    const drafted = await place.run(enroll('eve', '--statement', 'eve.txt'))
    expect(drafted).toMatchObject({ code: 0 })
    expect(drafted.out).toMatch(/ssh-keygen -Y sign -f KEY -n portreeve.dev\/possession\/v1 eve.txt/)
    const namespace = 'portreeve.dev/possession/v1'
    const joe = signElsewhere(place, 'joe', 'eve.txt', namespace)
    expectRefusal(await place.run(enroll('eve', '--signature', joe)), /none of those that are asked/)
    const other = signElsewhere(place, 'eve', 'eve.txt', 'git')
    expectRefusal(await place.run(enroll('eve', '--signature', other)), /over this text/)
    const proof = signElsewhere(place, 'eve', 'eve.txt', namespace)
    expect(await place.run(enroll('eve', '--signature', proof))).toMatchObject({
      code: 0,
      out: 'ledger entry 1\n',
    })
  })

  test('a machine’s key in PEM is enrolled by its private half, and ended', async () => {
    const place = withKeys()
    const { privateKey } = generateKeyPairSync('ed25519')
    place.put('robot.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }))
    const args = [
      'key',
      'enroll',
      'robot.pem',
      '--holder',
      'robot-1',
      '--kind',
      'machine',
      '--scope',
      'sighting',
    ]
    expect(await place.run(args)).toMatchObject({ code: 0 })
    const [key] = (await keysOf(place)).keys
    expect(key).toMatchObject({ type: 'ed25519', kind: 'machine', fingerprint: null })
    const id = key?.keyId ?? ''
    expectRefusal(await place.run(['key', 'retire', id, '--reason', 'ask eve@example.com']), /names somebody/)
    expectRefusal(
      await place.run(['key', 'compromise', id, '--since', '99', '--reason', 'x']),
      /entry 99 is not there/,
    )
    expect(await place.run(['key', 'retire', id, '--reason', 'replaced'])).toMatchObject({ code: 0 })
    expect((await place.run(['key', 'list'])).out).toMatch(/robot-1\+[0-9a-f]{8} .* retired in entry 2/)
    expectRefusal(await place.run(['key', 'retire', id, '--reason', 'again']), /was retired in entry 2/)
    expect(await place.run(['key', 'compromise', id, '--since', '1', '--reason', 'lost'])).toMatchObject({
      code: 0,
    })
    expect((await place.run(['key', 'list'])).out).toMatch(/ compromised from entry 1 on \(entry 3\)/)
    expectRefusal(await place.run(['key', 'retire', '00000000', '--reason', 'x']), /no key that is enrolled/)
  })

  test('what is no key that may sign is refused, and nothing is written', async () => {
    const place = withKeys('ann')
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', join(place.folder, 'short')])
    place.put('text.pub', 'text')
    place.put('dsa.pub', 'ssh-dss AAAAB3NzaC1kc3MAAAAA')
    expectRefusal(await place.run(enroll('short')), /3072 to 16384 bits, not 2048/)
    expectRefusal(await place.run(enroll('text')), /not the text of a key/)
    expectRefusal(await place.run(enroll('dsa')), /ssh-dss are not supported/)
    expectRefusal(await place.run(enroll('gone')), /gone.pub cannot be read/)
    expectRefusal(await place.run(enroll('ann', '--until', 'soon')), /soon is not a time/)
    expectRefusal(
      await place.run(['key', 'enroll', 'ann.pub', '--holder', 'Ann', '--scope', 'hold']),
      /pseudonym/,
    )
    expectRefusal(
      await place.run(['key', 'enroll', 'ann.pub', '--holder', 'ann', '--scope', 'key']),
      /'key' is invalid/,
    )
    expect(await keysOf(place)).toMatchObject({ size: 1, keys: [] })
  })
})

describe('once root keys are named', { timeout: 60_000 }, () => {
  test('so many of them and the new key enrol it, and ssh-keygen verifies what stands in the ledger', async () => {
    const place = await rooted('joe')
    const list = await place.run(['key', 'list'])
    expect(list.out).toMatch(/root keys, 2 of which decide, since entry 1, named on the log's word/)
    expectRefusal(await place.run(enroll('joe')), /signed for r_ann/)
    expectRefusal(await place.run(enroll('joe', '--sign', 'ann.pub')), /1 of the 2 root keys/)
    expect(await place.run(enroll('joe', '--sign', 'ann.pub', 'bob'))).toMatchObject({
      code: 0,
      out: 'ledger entry 2\n',
      err: '',
    })
    const { by, leaf, signatures } = await entryOf(place, 2)
    expect(by).toBe('r_ann')
    expect(signatures.map(({ name, role, word }) => [name, role, word])).toEqual([
      ['r_ann', 'root', 'log'],
      ['r_bob', 'root', 'log'],
      ['p_joe', 'new', 'roots'],
    ])
    expect((await place.run(['log', 'show', '2'])).out).toMatch(
      /signed by r_ann\+[0-9a-f]{8}, a root key, enrolled on the log's word/,
    )

    const { statement } = readRecord(Buffer.from(leaf))
    const allowed = place.put('allowed', `r_ann ${readFileSync(join(place.folder, 'ann.pub'), 'utf8')}`)
    const file = place.put('leaf.sig', armourSshsig(statement?.signatures[0]?.signature ?? Buffer.of()))
    const verify = [
      '-Y',
      'verify',
      '-f',
      allowed,
      '-I',
      'r_ann',
      '-n',
      'portreeve.dev/statement/v1',
      '-s',
      file,
    ]
    expect(execFileSync('ssh-keygen', verify, { input: statement?.text ?? '', encoding: 'utf8' })).toMatch(
      /^Good/,
    )

    const end = ['key', 'retire', await idOf(place, 'p_joe'), '--reason', 'new laptop', '--by', 'p_joe']
    expect(await place.run([...end, '--sign', 'joe.pub'])).toMatchObject({ code: 0 })
    expect((await place.run(['log', 'list', '--limit', '1'])).out).toMatch(
      /retired: new laptop, signed by p_joe/,
    )
  })

  test('signers elsewhere sign the same text, and their signatures are gathered', async () => {
    const place = await rooted('kim')
    const drafted = await place.run(enroll('kim', '--statement', 'kim.txt', '--by', 'r_eve'))
    expect(drafted.err).toMatch(/2 of the root keys .* and the new key of p_kim; r_eve speaks/)
    expectRefusal(
      await place.run(enroll('kim', '--statement', 'kim.txt')),
      /kim.txt cannot be written \(EEXIST\)/,
    )
    const [eve, bob, kim] = ['eve', 'bob', 'kim'].map((name) =>
      signElsewhere(place, name, 'kim.txt'),
    ) as Three
    const submit = (...files: readonly string[]) =>
      place.run(['key', 'submit', 'kim.txt', '--signature', ...files])
    expectRefusal(await submit(eve, kim), /1 of the 2 root keys/)
    expectRefusal(await submit(eve, bob), /0 of the 1 new keys/)
    expect(await submit(eve, bob, kim)).toMatchObject({ code: 0, out: 'ledger entry 2\n' })
    expect(await submit(eve, bob, kim)).toMatchObject({ code: 0, out: 'ledger entry 2 says this already\n' })
    expectRefusal(await submit(bob, eve, kim), /says something else/)

    const id = await idOf(place, 'p_kim')
    await place.run(['key', 'retire', id, '--reason', 'left', '--statement', 'end.txt', '--by', 'p_kim'])
    const own = signElsewhere(place, 'kim', 'end.txt')
    place.put('changed.txt', readFileSync(join(place.folder, 'end.txt'), 'utf8').replace('left', 'lost'))
    expectRefusal(await place.run(['key', 'submit', 'changed.txt', '--signature', own]), /over this text/)
    expect(await place.run(['key', 'submit', 'end.txt', '--signature', own])).toMatchObject({ code: 0 })
    expect(await place.run(['rebuild'])).toMatchObject({ code: 0 })
  })

  test('others follow them, signed by enough of the old and enough of the new', async () => {
    const place = await rooted('kim')
    const next = ['key', 'root', 'r_ann=ann.pub', 'r_kim=kim.pub', '--threshold', '1']
    expectRefusal(await place.run([...next, '--sign', 'ann']), /1 of the 2 root keys/)
    expect(await place.run([...next, '--sign', 'ann', 'eve'])).toMatchObject({ code: 0 })
    expect((await keysOf(place)).roots).toMatchObject({ threshold: 1, word: 'roots' })
    expectRefusal(
      await place.run(enroll('bob', '--sign', 'eve', '--by', 'r_eve')),
      /none of those that are asked/,
    )
    expect(await place.run(enroll('bob', '--sign', 'kim', '--by', 'r_kim'))).toMatchObject({ code: 0 })
  })
})
type Three = [string, string, string]
