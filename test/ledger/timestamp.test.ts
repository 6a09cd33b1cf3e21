import { hash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'

import type { CheckpointView } from '../../src/api/views.ts'
import { certificatesInPem } from '../../src/lib/certificate.ts'
import { DerError, derInteger, derNode, TAG } from '../../src/lib/der.ts'
import { checkTimestamp, TimestampInvalid } from '../../src/lib/timestamp-check.ts'
import { timestampQuery } from '../../src/lib/timestamp-query.ts'
import { readTimestampResponse, TimestampRefused } from '../../src/lib/timestamp-token.ts'
import {
  EC,
  openssl,
  startAuthority,
  type AuthorityOptions,
  type TestAuthority,
} from '../support/authority.ts'
import { until, workplace, expectRefusal, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { startServer } from '../support/server.ts'

type Shown = ReturnType<typeof CheckpointView.parse>

const DATA = Buffer.from('a checkpoint\n')
const NONCE = 0x8123456789abcdefn

function query(data = DATA, nonce = NONCE): Uint8Array {
  return timestampQuery(hash('sha256', data, 'buffer'), nonce)
}

function check(authority: TestAuthority, response: Uint8Array, more = {}) {
  const roots = certificatesInPem(readFileSync(authority.rootPath, 'utf8'))
  return checkTimestamp({ response, data: DATA, nonce: NONCE, roots, ...more })
}

describe('a timestamp', { timeout: 60_000 }, () => {
  test.each([
    ['RSA', {}],
    ['RSA and SHA-512', { digest: 'sha512', essHash: 'sha512' }],
    ['P-256', { key: EC }],
    [
      'P-384 and SHA-384',
      { key: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'], digest: 'sha384' },
    ],
    ['its certificate named by SHA-1, as RFC 3161 did', { essHash: 'sha1' }],
  ] as [string, AuthorityOptions][])('of openssl is accepted: %s', async (_, options) => {
    const authority = await startAuthority(options)
    const before = Date.now()
    const { time, chain } = check(authority, authority.reply(query()))
    expect(Math.abs(Date.parse(time) - before)).toBeLessThan(10_000)
    expect(chain.map(({ x509 }) => x509.subject)).toEqual(['CN=tsa', 'CN=mid', 'CN=root'])
  })

  test.each([
    ['not for timestamps', { usage: 'critical,timeStamping,codeSigning' }],
    ['for timestamps, but not critically', { usage: 'timeStamping' }],
    ['of 1024 bits', { key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'] }],
    [
      'on a curve that nobody uses for this',
      { key: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'] },
    ],
  ] as [string, AuthorityOptions][])('by a key %s is refused', async (_, options) => {
    const { authority, response } = await forgedBy(options)
    expect(() => check(authority, response)).toThrow(TimestampInvalid)
  })

  test('that is forged so by a good key would pass: the forgery is what the tests above need', async () => {
    const { authority, response } = await forgedBy({ key: EC })
    expect(check(authority, response).chain).toHaveLength(3)
  })

  test('over something else, for another question, or towards another root is refused', async () => {
    const [authority, other] = [await startAuthority({ key: EC }), await startAuthority({ key: EC })]
    const response = authority.reply(query())
    expect(() => check(authority, response, { data: Buffer.from('another') })).toThrow(
      /stamps something else/,
    )
    expect(() => check(authority, response, { nonce: 1n })).toThrow(/another question/)
    expect(check(authority, response, { nonce: null }).time).toMatch(/Z$/)
    expect(() => check(other, response)).toThrow(/does not lead to a root/)
  })

  test('that was not granted says why', async () => {
    const authority = await startAuthority({ key: EC })
    const md5 = Buffer.from(query())
    // SHA-256's identifier turned into SHA-224's, which this authority does not take.
    md5[md5.indexOf(Buffer.from('0304020105', 'hex')) + 3] = 4
    expect(() => check(authority, authority.reply(md5))).toThrow(TimestampRefused)
  })

  test('of which any byte was changed is refused, or says the same', async () => {
    const authority = await startAuthority({ key: EC })
    const response = authority.reply(query())
    const { time } = check(authority, response)
    const survived: number[] = []
    for (let at = 0; at < response.length; at++) {
      const changed = Buffer.from(response)
      changed[at] = (changed[at] as number) ^ (1 << (at % 8))
      const said: string[] = []
      if (outcome(() => said.push(check(authority, changed).time)) === 'accepted') survived.push(at)
      expect(said.every((one) => one === time)).toBe(true)
    }
    // What no signature covers: the status, digest algorithms listed beside the signer's own, versions.
    expect(survived.length).toBeLessThan(40)
  })

  test('of random bytes never makes the reader fall over', async () => {
    const authority = await startAuthority({ key: EC })
    const response = authority.reply(query())
    for (let n = 0; n < 3000; n++) {
      const from = Math.floor(Math.random() * response.length)
      const noise = randomBytes(1 + (n % 40))
      const bytes =
        n % 2 === 0
          ? noise
          : Buffer.concat([response.subarray(0, from), noise, response.subarray(from + (n % 7))])
      // What no signature covers may be anything; a bug would be thrown on.
      expect(outcome(() => check(authority, bytes))).toBeOneOf(['refused', 'accepted'])
    }
  })
})

describe('a book with timestamp authorities', { timeout: 120_000 }, () => {
  test('has its checkpoint stamped, keeps the token, anchors it, and openssl verifies it', async () => {
    const place = workplace()
    const [one, two] = [await startAuthority(), await startAuthority({ key: EC })]
    const config = configOf(place, { one, two })
    const server = await startServer(place, ['--observe', '0', '--config', config])
    const shown = await until('both have stamped and are anchored', async () => {
      const page = (await server.get('/api/v1/ledger/timestamps')) as {
        timestamps: { anchored: number | null }[]
      }
      // The anchors are entries, so the newest checkpoint is one that nobody has stamped yet.
      const shown = (await server.get('/api/v1/ledger/checkpoint?size=1')) as Shown
      const done = page.timestamps.filter((stamp) => stamp.anchored !== null).length === 2
      return done && shown.authorities.every(({ state }) => state === 'ok') ? shown : null
    })
    expect(shown).toMatchObject({
      external: true,
      authorities: [
        { authority: 'one', state: 'ok' },
        { authority: 'two', state: 'ok' },
      ],
    })
    expect(await server.stop()).toBe(0)
    const entries = (await place.json(['log', 'list', '--json'])) as {
      entries: { type: string; index: number }[]
    }
    expect(entries.entries.map(({ type }) => type)).toEqual(['anchor', 'anchor', 'genesis'])

    const dir = join(place.folder, 'log')
    expect(await place.run(['log', 'export', dir])).toMatchObject({ code: 0 })
    const stamps = join(dir, 'timestamps')
    for (const [name, { rootPath }] of Object.entries({ one, two })) {
      const args = ['-in', `1.${name}.tsr`, '-data', `1.${name}.note`, '-CAfile', rootPath]
      expect(openssl(stamps, 'ts', '-verify', ...args)).toMatch(/OK/)
      expect(readFileSync(join(stamps, `1.${name}.pem`), 'utf8').match(/BEGIN CERTIFICATE/g)).toHaveLength(3)
      const digest = hash('sha256', readFileSync(join(stamps, `1.${name}.tsr`)), 'hex')
      const anchors = await Promise.all(
        [1, 2].map((index) => place.json(['log', 'show', String(index), '--json'])),
      )
      expect(anchors).toContainEqual(
        expect.objectContaining({
          body: expect.objectContaining({ token_sha256: digest, authority: name, size: 1 }),
        }),
      )
    }
    const trust = (await place.run(['log', 'trust', '--config', config])).out
    expect(trust).toContain(`timestamp one\n${readFileSync(one.rootPath, 'utf8')}`)
  })

  test('goes on while an authority is away, shows the missing stamp, and has it made later', async () => {
    const place = workplace()
    const authority = await startAuthority({ key: EC })
    const config = configOf(place, { one: authority }, 'everyMinutes: 1')
    await authority.stop()
    await declare(place, 'a', 1, ['--config', config])
    const missing = await place.run(['log', 'checkpoint', '--config', config])
    expect(missing.err).toMatch(/No timestamp/)
    expect(missing.err).toMatch(/authority one: silent: it does not answer/)
    const server = await startServer(place, ['--observe', '0', '--config', config])
    await declare(place, 'b', 2)
    await authority.again()
    const { authorities } = await until('it is stamped', async () => {
      const shown = (await server.get('/api/v1/ledger/checkpoint')) as Shown
      return shown.authorities[0]?.state === 'ok' ? shown : null
    })
    expect(authorities[0]?.stamped).toBeGreaterThan(0)
    expect(server.err()).toMatch(/"anchor":"authority","name":"one","state":"ok"/)
    expect(await server.stop()).toBe(0)
    expect(await place.json(['log', 'list', '--json'])).toMatchObject({ size: 4 })
  })

  test('does not keep a stamp that leads to another root, and shows that', async () => {
    const place = workplace()
    const [authority, other] = [await startAuthority({ key: EC }), await startAuthority({ key: EC })]
    const config = configOf(place, { one: { url: authority.url, rootPath: other.rootPath } })
    await declare(place, 'a', 1, ['--config', config])
    const shown = (await place.json(['log', 'checkpoint', '--json', '--config', config])) as Shown
    expect(shown).toMatchObject({
      timestamps: [],
      external: false,
      authorities: [{ state: 'invalid', stamped: 0 }],
    })
  })

  test('stamps at once what its configuration names, and else once in an interval', async () => {
    const place = workplace()
    const authority = await startAuthority({ key: EC })
    const config = configOf(place, { one: authority }, 'everyMinutes: 60, atOnce: [tombstone]')
    const server = await startServer(place, ['--observe', '0', '--config', config])
    const stamped = async () =>
      ((await server.get('/api/v1/ledger/timestamps')) as { timestamps: { size: number }[] }).timestamps.map(
        ({ size }) => size,
      )
    await until('the genesis is stamped', async () => ((await stamped()).length === 1 ? true : null))
    await declare(place, 'a', 1)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await stamped()).toEqual([1])
    expect(await place.run(['close', 'a', '--reason', 'gone'])).toMatchObject({ code: 0 })
    // Genesis, anchor, declaration, tombstone.
    await until('the tombstone is stamped', async () => ((await stamped()).includes(4) ? true : null))
  })

  test.each([
    ['nonsense', 200, 'hello'],
    ['refuses', 503, ''],
  ])('shows an authority that answers %s', async (state, status, text) => {
    const place = workplace()
    const real = await startAuthority({ key: EC })
    const server = createServer(
      (request, response) => void request.resume().on('end', () => response.writeHead(status).end(text)),
    )
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`
    const config = configOf(place, { one: { ...real, url } })
    await declare(place, 'a', 1, ['--config', config])
    expect(await place.json(['log', 'checkpoint', '--json', '--config', config])).toMatchObject({
      authorities: [{ state }],
    })
  })

  test('refuses a configuration without a root', async () => {
    const place = workplace()
    place.put('roots.pem', 'nothing\n')
    const config = place.put(
      'c.yaml',
      `timestamps: { authorities: [{ name: one, url: 'https://tsa.example/', roots: ${join(place.folder, 'roots.pem')} }] }\n`,
    )
    const ran = await place.run(['ports', '--config', config])
    expect(ran.code).toBe(2)
    expectRefusal(ran, /roots\.pem holds no certificate/)
  })
})

/** Anything but an answer or one of the three ways to say no is a bug, and thrown on. */
function outcome(work: () => unknown): 'accepted' | 'refused' {
  try {
    work()
    return 'accepted'
  } catch (error) {
    if (KINDS.some((kind) => error instanceof kind)) return 'refused'
    throw error
  }
}
const KINDS = [DerError, TimestampInvalid, TimestampRefused]

function configOf(
  place: Workplace,
  authorities: Readonly<Record<string, Pick<TestAuthority, 'url' | 'rootPath'>>>,
  more = '',
): string {
  const listed = Object.entries(authorities).map(
    ([name, { url, rootPath }]) => `{ name: ${name}, url: '${url}', roots: ${rootPath} }`,
  )
  const rest = more === '' ? '' : `, ${more}`
  return place.put('stamped.yaml', `timestamps: { authorities: [${listed.join(', ')}]${rest} }\n`)
}

async function declare(place: Workplace, name: string, port: number, options: string[] = []): Promise<void> {
  const path = place.put(`${name}.portreeve.yaml`, portDocument(name, port))
  expect(await place.run(['declare', path, ...options])).toMatchObject({ code: 0 })
}

/** `openssl ts` refuses to sign with such a key, and `openssl cms` makes the same token around what it signed before. */
async function forgedBy(options: AuthorityOptions): Promise<{ authority: TestAuthority; response: Buffer }> {
  const honest = await startAuthority({ key: EC })
  const authority = await startAuthority(options)
  // Both certificates are valid by then.
  const { infoBytes } = readTimestampResponse(honest.reply(query()))
  writeFileSync(join(authority.folder, 'info'), infoBytes)
  const type = ['-econtent_type', '1.2.840.113549.1.9.16.1.4']
  const by = ['-signer', 'tsa.pem', '-inkey', 'tsa.key', '-certfile', 'mid.pem', '-md', 'sha256']
  const how = ['-sign', '-binary', '-nodetach', '-nosmimecap', '-cades', '-outform', 'DER']
  openssl(authority.folder, 'cms', ...how, ...type, ...by, '-in', 'info', '-out', 'token')
  const granted = derNode(TAG.sequence, derInteger(0n))
  return {
    authority,
    response: Buffer.from(derNode(TAG.sequence, granted, readFileSync(join(authority.folder, 'token')))),
  }
}
