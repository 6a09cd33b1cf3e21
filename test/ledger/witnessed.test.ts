import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'

import type { CheckpointView } from '../../src/api/views.ts'
import { verifyCheckpoint } from '../../src/ledger/checkpoint.ts'
import { cosignaturesOn, parseCosignerKey } from '../../src/ledger/cosignature.ts'
import { expectRefusal, until, workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { startServer, type Server } from '../support/server.ts'
import { logKeyOf, startWitness, type TestWitness } from '../support/witness.ts'

type Shown = ReturnType<typeof CheckpointView.parse>

describe('a book with witnesses', { timeout: 120_000 }, () => {
  test('has every checkpoint cosigned, says whether the quorum is met, and goes on without one', async () => {
    const { place, logKey } = await begun()
    const one = await startWitness(place, 'w1', [logKey])
    const two = await startWitness(place, 'w2', [logKey])
    const config = policyOf(place, { w1: one, w2: two }, 'group both all w1 w2\nquorum both\n')
    const server = await startServer(place, ['--observe', '0', '--config', config])
    await declare(place, 'a', 1)
    const met = await until('both cosigned', async () => {
      const shown = await checkpoint(server)
      return shown.size === 2 && shown.quorum === 'met' ? shown : null
    })
    expect(verifyCheckpoint(Buffer.from(met.note), logKey).size).toBe(2)
    expect(
      cosignaturesOn(
        met.note,
        [one, two].map(({ key }) => parseCosignerKey(key)),
      ),
    ).toHaveLength(2)
    expect(met.cosignatures.map(({ witness }) => witness)).toEqual(['w1', 'w2'])
    expect(met).toMatchObject({ external: true, sentence: 'Cosigned by w1, w2: the quorum both is met.' })

    await two.stop()
    await declare(place, 'b', 2)
    const missing = await until('one cosigned and the other is silent', async () => {
      const shown = await checkpoint(server)
      const silent = shown.witnesses.some(({ witness, state }) => witness === 'w2' && state === 'silent')
      return shown.size === 3 && shown.cosignatures.length === 1 && silent ? shown : null
    })
    expect(missing).toMatchObject({
      quorum: 'missing',
      sentence: 'Cosigned by w1; the quorum both is not met.',
    })
    expect(server.err()).toMatch(/"event":"anchor","anchor":"witness","name":"w2","state":"silent"/)

    // Back at its old address it is asked again, and what it missed does not matter.
    await startWitness(place, 'w2', [logKey], new URL(two.url).host)
    await until('it cosigned again', async () => ((await checkpoint(server)).quorum === 'met' ? true : null))
    expect(await server.stop()).toBe(0)
    const ran = await place.run(['log', 'checkpoint', '--config', config])
    expect(ran).toMatchObject({ code: 0, err: 'portreeve: Cosigned by w1, w2: the quorum both is met.\n' })
    expect(
      cosignaturesOn(
        ran.out,
        [one, two].map(({ key }) => parseCosignerKey(key)),
      ),
    ).toHaveLength(2)
  })

  test('without any says so', async () => {
    const { place } = await begun()
    const ran = await place.run(['log', 'checkpoint'])
    expect(ran.err).toMatch(/^portreeve: No external witness: nobody outside this book/)
  })

  test('has a command of its own cosigned before it ends', async () => {
    const { place, logKey } = await begun()
    const config = policyOf(place, { w1: await startWitness(place, 'w1', [logKey]) }, 'quorum w1\n')
    await declare(place, 'a', 1, ['--config', config])
    expect(await place.json(['log', 'checkpoint', '--json', '--config', config])).toMatchObject({
      quorum: 'met',
    })
  })

  test('shows what is wrong with a witness that answers nonsense, and takes no harm', async () => {
    const { place, logKey } = await begun()
    const { key } = await startWitness(place, 'w1', [logKey])
    const lies: [string, RequestListener][] = [
      ['nonsense', answering(200, 'hello')],
      ['nonsense', answering(409, 'many')],
      ['refuses', answering(404, 'no')],
      ['refuses', answering(422, 'no')],
      ['silent', answering(500, 'oops')],
      ['nonsense', answering(409, '1\n')],
      ['silent', endless],
      ['silent', redirecting],
    ]
    for (const [n, [state, listener]] of lies.entries()) {
      const config = policyOf(place, { w1: { key, url: await listening(listener) } }, 'quorum none\n')
      await declare(place, `p-${n}`, 1 + n, ['--config', config])
      const shown = (await place.json(['log', 'checkpoint', '--json', '--config', config])) as Shown
      expect(shown.witnesses).toMatchObject([{ witness: 'w1', state, cosigned: 0 }])
      expect(shown).toMatchObject({
        external: false,
        sentence: 'No external witness has cosigned this checkpoint yet.',
      })
    }
    const far = { key, url: await listening(answering(409, '900719925474099\n')) }
    const config = policyOf(place, { w1: far }, 'quorum none\n')
    const refused = await place.run(['declare', ...declaration(place, 'q', 1), '--config', config])
    expectRefusal(
      refused,
      /cosigned 900719925474099 entries, and the database holds 9/,
      /take it out of the policy/,
    )
  })

  test('shows a witness that forgot, and one whose key is another', async () => {
    const { place, logKey } = await begun()
    const witness = await startWitness(place, 'w1', [logKey])
    const config = policyOf(place, { w1: witness }, 'quorum w1\n')
    await declare(place, 'a', 1, ['--config', config])
    await declare(place, 'b', 2, ['--config', config])
    await witness.stop()
    const key = readFileSync(join(place.folder, 'w1', 'witness.key'))
    rmSync(join(place.folder, 'w1'), { recursive: true })
    mkdirSync(join(place.folder, 'w1'))
    place.put('w1/witness.key', key)
    spawnSync('chmod', ['600', join(place.folder, 'w1', 'witness.key')])
    await startWitness(place, 'w1', [logKey], new URL(witness.url).host)
    await declare(place, 'c', 3, ['--config', config])
    const forgot = (await place.json(['log', 'checkpoint', '--json', '--config', config])) as Shown
    expect(forgot).toMatchObject({ quorum: 'met', witnesses: [{ state: 'behind', cosigned: 4 }] })

    const other = await startWitness(place, 'w2', [logKey])
    const mixed = policyOf(place, { w1: { key: other.key, url: witness.url } }, 'quorum none\n')
    await declare(place, 'd', 4, ['--config', mixed])
    const strange = (await place.json(['log', 'checkpoint', '--json', '--config', mixed])) as Shown
    expect(strange.witnesses).toMatchObject([
      { state: 'nonsense', detail: expect.stringMatching(/without a cosignature/) },
    ])
  })
})

describe('a book that went back', { timeout: 120_000 }, () => {
  test('refuses to sign, by the witness, although its pin went back with it', async () => {
    const { place, logKey } = await begun()
    const config = policyOf(place, { w1: await startWitness(place, 'w1', [logKey]) }, 'quorum w1\n')
    const backup = join(place.folder, 'backup')
    cpSync(place.data, backup, { recursive: true })
    await declare(place, 'a', 1, ['--config', config])
    await declare(place, 'b', 2, ['--config', config])
    rmSync(place.data, { recursive: true })
    cpSync(backup, place.data, { recursive: true })

    const refused = await place.run(['declare', ...declaration(place, 'c', 3), '--config', config])
    expectRefusal(
      refused,
      /w1 .*cosigned 3 entries.*the database holds 1: it is an older copy/,
      /newest database back/,
    )
    expectRefusal(
      await place.run(['up', '--listen', '127.0.0.1:0', '--config', config]),
      /older copy/,
      /newest/,
    )
    expect(await place.json(['log', 'list', '--json', '--config', config])).toMatchObject({ size: 1 })
  })

  test('and grew again is another history, which the witness shows too', async () => {
    const { place, logKey } = await begun()
    const config = policyOf(place, { w1: await startWitness(place, 'w1', [logKey]) }, 'quorum w1\n')
    const backup = join(place.folder, 'backup')
    cpSync(place.data, backup, { recursive: true })
    await declare(place, 'a', 1, ['--config', config])
    rmSync(place.data, { recursive: true })
    cpSync(backup, place.data, { recursive: true })
    // Whoever leaves the witness out can write; with it again, the fork shows.
    for (const name of ['b', 'c', 'd']) await declare(place, name, 5)
    const refused = await place.run(['declare', ...declaration(place, 'e', 3), '--config', config])
    expect(refused.code).toBe(2)
    expectRefusal(refused, /first 2 entries.*continued elsewhere/, /newest database back/)
  })

  test('as a copied volume beside the first is stopped as soon as the witness saw both', async () => {
    const { place, logKey } = await begun()
    const config = policyOf(place, { w1: await startWitness(place, 'w1', [logKey]) }, 'quorum w1\n')
    const first = await startServer(place, ['--observe', '0', '--config', config])
    const copy = workplace()
    await declare(place, 'a', 1)
    await until('it is cosigned', async () => ((await checkpoint(first)).quorum === 'met' ? true : null))
    cpSync(place.data, copy.data, { recursive: true, filter: (path) => !/sock$|lock$|store$/.test(path) })
    const second = await startServer(copy, ['--observe', '0', '--config', config])
    await declare(place, 'b', 2)
    await until('the first is cosigned', async () => {
      const shown = await checkpoint(first)
      return shown.size === 3 && shown.quorum === 'met' ? true : null
    })
    await copy.run(['declare', ...declaration(copy, 'c', 3)])
    const refused = await until('the second is stopped', async () => {
      const ran = await copy.run(['declare', ...declaration(copy, 'd', 4)])
      return ran.code === 2 ? ran : null
    })
    expectRefusal(refused, /continued elsewhere|older copy/, /one copy of the book go on/)
    expect(second.err()).toMatch(/"name":"w1","state":"fork"/)
    await declare(place, 'e', 5)
    await until('the first goes on', async () => ((await checkpoint(first)).size === 4 ? true : null))
  })

  test('refuses to sign, by what was committed to git', async () => {
    const { place } = await begun()
    const repository = join(place.folder, 'repo')
    mkdirSync(repository)
    git(repository, 'init', '-q')
    git(repository, 'config', 'user.email', 'ops@example.com')
    git(repository, 'config', 'user.name', 'ops')
    const config = place.put('c.yaml', `ledger: { repository: ${repository} }\n`)
    const backup = join(place.folder, 'backup')
    cpSync(place.data, backup, { recursive: true })
    await declare(place, 'a', 1, ['--config', config])
    const committed = await place.run(['log', 'witness', 'commit', '--config', config])
    expect(committed).toMatchObject({
      code: 0,
      out: expect.stringMatching(/checkpoint of 2 entries, commit [0-9a-f]{40}/),
    })
    expect(git(repository, 'show', '--stat')).toMatch(/portreeve\/[0-9a-f]{32}\.checkpoint/)
    expect((await place.run(['log', 'witness', 'commit', repository])).out).toMatch(/already/)
    await declare(place, 'b', 2, ['--config', config])
    expect((await place.run(['log', 'witness', 'commit', repository])).out).toMatch(/3 entries, commit/)

    rmSync(place.data, { recursive: true })
    cpSync(backup, place.data, { recursive: true })
    const refused = await place.run(['declare', ...declaration(place, 'c', 3), '--config', config])
    expectRefusal(
      refused,
      /repository .* holds a checkpoint of 3 entries, and the database 1/,
      /newest database/,
    )
    expectRefusal(await place.run(['log', 'witness', 'commit', repository]), /holds a checkpoint of 3/)
    for (const name of ['d', 'e', 'f']) await declare(place, name, 5)
    expectRefusal(
      await place.run(['declare', ...declaration(place, 'c', 3), '--config', config]),
      /first 3 entries/,
    )
    expectRefusal(await place.run(['log', 'witness', 'commit', place.folder]), /not a git repository/)
  })

  test('is opened where the witness is away: it has no say over availability', async () => {
    const { place, logKey } = await begun()
    const witness = await startWitness(place, 'w1', [logKey])
    const config = policyOf(place, { w1: witness }, 'quorum w1\n')
    await witness.stop()
    await declare(place, 'a', 1, ['--config', config])
    expect(await place.json(['log', 'checkpoint', '--json', '--config', config])).toMatchObject({
      quorum: 'missing',
      witnesses: [{ state: 'silent', detail: 'it does not answer' }],
    })
  })

  test('a policy that is none is refused with its line', async () => {
    const { place } = await begun()
    const config = place.put('c.yaml', `witnesses: ${join(place.folder, 'policy')}\n`)
    const unread = await place.run(['ports', '--config', config])
    expect(unread.code).toBe(2)
    expectRefusal(unread, /policy cannot be read/)
    place.put('policy', 'quorum none\nwitness w1 nonsense\n')
    expectRefusal(await place.run(['ports', '--config', config]), /policy:2:1: not an Ed25519 note key/)
  })
})

/** A book with its genesis. */
async function begun(): Promise<{ place: Workplace; logKey: string }> {
  const place = workplace()
  return { place, logKey: await logKeyOf(place) }
}

function policyOf(
  place: Workplace,
  witnesses: Readonly<Record<string, Pick<TestWitness, 'key' | 'url'>>>,
  quorum: string,
): string {
  const lines = Object.entries(witnesses).map(([name, { key, url }]) => `witness ${name} ${key} ${url}\n`)
  const policy = place.put('witnesses.policy', `# who watches\n${lines.join('')}${quorum}`)
  return place.put('portreeve-witnessed.yaml', `witnesses: ${policy}\n`)
}

function declaration(place: Workplace, name: string, port: number): string[] {
  return [place.put(`${name}.portreeve.yaml`, portDocument(name, port))]
}

async function declare(place: Workplace, name: string, port: number, options: string[] = []): Promise<void> {
  const ran = await place.run(['declare', ...declaration(place, name, port), ...options])
  expect({ code: ran.code, err: ran.err }).toMatchObject({ code: 0 })
}

async function checkpoint(server: Server): Promise<Shown> {
  return (await server.get('/api/v1/ledger/checkpoint')) as Shown
}

function git(folder: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' })
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return stdout
}

function answering(status: number, text: string): RequestListener {
  return (request, response) => {
    request.resume()
    response.writeHead(request.method === 'GET' ? 404 : status).end(text)
  }
}

const endless: RequestListener = (request, response) => {
  request.resume()
  const timer = setInterval(() => response.write(Buffer.alloc(65_536)), 1)
  response.once('close', () => clearInterval(timer))
}

const redirecting: RequestListener = (request, response) => {
  request.resume()
  response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()
}

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

test('the trust file names the log, its genesis and head, and the policy', { timeout: 60_000 }, async () => {
  const { place, logKey } = await begun()
  const witness = await startWitness(place, 'w1', [logKey])
  const config = policyOf(place, { w1: witness }, 'group g all w1\nquorum g\n')
  await declare(place, 'a', 1)
  const { leafHash } = (await place.json(['log', 'show', '0', '--json'])) as { leafHash: string }
  const { root, origin } = (await place.json(['log', 'checkpoint', '--json'])) as Shown
  const { out } = await place.run(['log', 'trust', '--config', config])
  const lines = out.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  expect(lines).toEqual([
    'portreeve.dev/trust/v1',
    `origin ${origin}`,
    `genesis ${leafHash}`,
    `head 2 ${root}`,
    `log ${logKey}`,
    `witness w1 ${witness.key} ${witness.url}`,
    'group g 1 w1',
    'quorum g',
  ])
})
