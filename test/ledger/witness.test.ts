import { generateKeyPairSync, hash, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { formatAddCheckpoint } from '../../src/ledger/add-checkpoint.ts'
import { checkpointText } from '../../src/ledger/checkpoint.ts'
import { cosignaturesOn, parseCosignerKey } from '../../src/ledger/cosignature.ts'
import { rawEd25519PublicKey } from '../../src/lib/ed25519.ts'
import { consistencyProof, EMPTY_ROOT, leafHash, rangeRoot, subtreesOf } from '../../src/lib/merkle.ts'
import { ED25519_NOTE, formatNote, noteKeyId, noteKeyText } from '../../src/lib/signed-note.ts'
import { expectRefusal, workplace } from '../support/cli.ts'
import { startWitness, type TestWitness } from '../support/witness.ts'

const tree = (history: string) => subtreesOf((n) => leafHash(Buffer.from(`${history} ${n}`)))

const rootOf = (size: number, history: string) =>
  size === 0 ? EMPTY_ROOT : rangeRoot(0, size, tree(history))

/** A log in memory. `history` makes another one of the same name and key. */
function testLog(origin: string, key = generateKeyPairSync('ed25519').privateKey) {
  const publicKey = rawEd25519PublicKey(key)
  const noteOf = (size: number, history = 'a', signer = key) => {
    const text = checkpointText({ origin, size, root: rootOf(size, history) })
    const keyId = noteKeyId(origin, ED25519_NOTE, publicKey)
    return formatNote({
      text,
      signatures: [{ name: origin, keyId, signature: sign(null, Buffer.from(text), signer) }],
    })
  }
  const request = (old: number, size: number, history = 'a') => {
    const proof = old === 0 || old >= size ? [] : consistencyProof(old, size, tree(history))
    return formatAddCheckpoint({ old, proof, note: noteOf(size, history) })
  }
  return { origin, key: noteKeyText(origin, publicKey), noteOf, request }
}

describe('a witness', { timeout: 60_000 }, () => {
  test('cosigns what only grows, with its time, and refuses everything else as tlog-witness says', async () => {
    const log = testLog('log.example/one')
    const place = workplace()
    const witness = await startWitness(place, 'w1', [log.key])
    const before = Math.floor(Date.now() / 1000)

    await expectCosigned(witness, log.request(0, 5), log.noteOf(5), before)
    await expectCosigned(witness, log.request(5, 5), log.noteOf(5), before)
    await expectCosigned(witness, log.request(5, 12), log.noteOf(12), before)

    await expectConflict(witness, log.request(0, 20), 12)
    await expectConflict(witness, log.request(5, 20), 12)
    await expectConflict(witness, log.request(13, 20), 12)
    // The same size with another root.
    await expectConflict(witness, log.request(12, 12, 'b'), 12)
    // A rollback that says so.
    expect((await witness.add(log.request(12, 7))).status).toBe(400)
    // Another history, with its own proof, with none, and with one that is too long.
    expect((await witness.add(log.request(12, 20, 'b'))).status).toBe(422)
    expect((await witness.add(`old 12\n\n${log.noteOf(20)}`)).status).toBe(422)
    expect((await witness.add(log.request(12, 20).replace('\n\n', `\n${'A'.repeat(43)}=\n\n`))).status).toBe(
      422,
    )

    const stranger = testLog('log.example/two')
    expect((await witness.add(stranger.request(0, 3))).status).toBe(404)
    const impostor = testLog('log.example/one')
    expect((await witness.add(impostor.request(12, 20))).status).toBe(403)
    expect((await witness.add(forgedSignature(log, impostor, log.request(12, 20)))).status).toBe(403)
    for (const body of malformed(log.request(12, 20)))
      expect({ body, status: (await witness.add(body)).status }).toEqual({ body, status: 400 })
    expect((await witness.add(Buffer.alloc(2_000_000, 65))).status).toBe(413)
    expect((await fetch(`${witness.url}/add-checkpoint`)).status).toBe(405)
    expect((await fetch(`${witness.url}/nothing`)).status).toBe(404)

    await expectCosigned(witness, log.request(12, 20), log.noteOf(20), before)
    const latest = await (
      await fetch(`${witness.url}/${hash('sha256', log.origin, 'hex')}/checkpoint`)
    ).text()
    expect(latest.startsWith(log.noteOf(20))).toBe(true)
    expect(cosignaturesOn(latest, [parseCosignerKey(witness.key)])).toHaveLength(1)
    expect((await fetch(`${witness.url}/${hash('sha256', stranger.origin, 'hex')}/checkpoint`)).status).toBe(
      404,
    )
  })

  test('does not cosign a proof for a log that it never saw, nor an empty tree with another root', async () => {
    const log = testLog('log.example/one')
    const witness = await startWitness(workplace(), 'w1', [log.key])
    const { request } = log
    expect((await witness.add(request(0, 3).replace('old 0\n', `old 0\n${'A'.repeat(43)}=\n`))).status).toBe(
      422,
    )
    expect((await witness.add(request(0, 0))).status).toBe(200)
    expect((await witness.add(request(0, 3))).status).toBe(200)
  })

  test('takes one request of a log at a time: of many that race, none rolls another back', async () => {
    const log = testLog('log.example/one')
    const witness = await startWitness(workplace(), 'w1', [log.key])
    expect((await witness.add(log.request(0, 10))).status).toBe(200)
    const sizes = Array.from({ length: 40 }, (_, n) => 11 + ((n * 7) % 40))
    const answers = await Promise.all(sizes.map((size) => witness.add(log.request(10, size))))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(39)
    const cosigned = sizes[answers.findIndex(({ status }) => status === 200)] ?? 0
    await expectConflict(witness, log.request(0, 100), cosigned)
  })

  test('remembers over a restart, and answers nothing while it cannot remember', async () => {
    const log = testLog('log.example/one')
    const place = workplace()
    const first = await startWitness(place, 'w1', [log.key])
    expect((await first.add(log.request(0, 9))).status).toBe(200)
    await first.stop()
    const second = await startWitness(place, 'w1', [log.key])
    expect(second.key).toBe(first.key)
    await expectConflict(second, log.request(0, 9), 9)
    expect((await second.add(log.request(9, 11))).status).toBe(200)
    await second.stop()

    const file = join(place.folder, 'w1', hash('sha256', log.origin, 'hex'), 'checkpoint')
    const note = readFileSync(file, 'utf8')
    writeFileSync(file, note.slice(0, 30))
    const third = await startWitness(place, 'w1', [log.key])
    expect((await third.add(log.request(0, 4))).status).toBe(500)
  })

  test('whose clock went back says so and cosigns nothing', async () => {
    const log = testLog('log.example/one')
    const place = workplace()
    const witness = await startWitness(place, 'w1', [log.key])
    expect((await witness.add(log.request(0, 9))).status).toBe(200)
    const file = join(place.folder, 'w1', hash('sha256', log.origin, 'hex'), 'checkpoint')
    const latest = readFileSync(file, 'utf8')
    const key = readFileSync(join(place.folder, 'w1', 'witness.key'), 'utf8')
    writeFileSync(file, log.noteOf(9) + (await cosignedAt(log.noteOf(9), witness, key, 4_000_000_000)))
    expect(readFileSync(file, 'utf8')).not.toBe(latest)
    const answer = await witness.add(log.request(9, 10))
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringMatching(/clock/)])
  })

  test('is refused a state that another one uses, and a key that is none', async () => {
    const log = testLog('log.example/one')
    const place = workplace()
    await startWitness(place, 'w1', [log.key])
    const serve = ['log', 'witness', 'serve', '--name', 'w', '--listen', '127.0.0.1:0']
    const taken = await place.run([...serve, '--state', join(place.folder, 'w1'), '--log-key', log.key])
    expectRefusal(taken, /another process/)
    const other = ['--state', join(place.folder, 'w2'), '--log-key', 'x+00000000+AQ==']
    const refused = await place.run([...serve, ...other])
    expect(refused.code).toBe(2)
    expectRefusal(refused, /not the key of a log/)
  })
})

async function expectCosigned(
  witness: TestWitness,
  body: string,
  note: string,
  since: number,
): Promise<void> {
  const answer = await witness.add(body)
  const line = await answer.text()
  expect({ status: answer.status, line }).toEqual({
    status: 200,
    line: expect.stringMatching(/^— witness\.example\/w1 \S+\n$/),
  })
  const [cosignature] = cosignaturesOn(note + line, [parseCosignerKey(witness.key)])
  expect(cosignature?.time).toBeGreaterThanOrEqual(since)
  expect(cosignature?.time).toBeLessThan(since + 60)
}

async function expectConflict(witness: TestWitness, body: string, size: number): Promise<void> {
  const answer = await witness.add(body)
  expect({
    status: answer.status,
    type: answer.headers.get('content-type'),
    text: await answer.text(),
  }).toEqual({
    status: 409,
    type: 'text/x.tlog.size',
    text: `${size}\n`,
  })
}

type TestLog = ReturnType<typeof testLog>

/** The name and key id of one log over the signature of another's key. */
function forgedSignature(log: TestLog, other: TestLog, body: string): string {
  const [line = ''] = other.noteOf(20).split('\n').slice(-2)
  const signature = Buffer.from(line.split(' ')[2] ?? '', 'base64').subarray(4)
  const id = Buffer.from(log.key.split('+')[1] ?? '', 'hex')
  const forged = `— ${log.origin} ${Buffer.concat([id, signature]).toString('base64')}`
  return body.replace(/— .*\n$/, `${forged}\n`)
}

function malformed(good: string): string[] {
  return [
    '',
    '\n\n',
    good.replace('old 12', 'old 012'),
    good.replace('old 12', 'old -1'),
    good.replace('old 12', 'old 99999999999999999999'),
    good.replace('old 12', 'new 12'),
    good.replace('old 12\n', 'old 12\r\n'),
    good.replace('\n\n', '\n'),
    good.replace('\n', '\nshort\n'),
    good.replace('\n\n', `\n${`${'A'.repeat(43)}=\n`.repeat(64)}\n`),
    good.slice(0, -1),
    good.replace('\n20\n', '\n020\n'),
    good.replace('\n20\n', '\n18446744073709551616\n'),
  ]
}

async function cosignedAt(note: string, witness: TestWitness, key: string, time: number): Promise<string> {
  const { cosign } = await import('../../src/ledger/cosignature.ts')
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  return cosign(text, time, parseCosignerKey(witness.key), async (message) => sign(null, message, key))
}
