import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'

/** A timestamp authority of the test's own: root, intermediate, and `openssl ts -reply` behind HTTP on loopback. */
export interface TestAuthority {
  readonly url: string
  readonly folder: string
  /** PEM. */
  readonly rootPath: string
  /** Answers a TimeStampReq in this process. */
  reply(query: Uint8Array, options?: readonly string[]): Buffer
  stop(): Promise<void>
  /** Listens where it did. */
  again(): Promise<void>
}

export interface AuthorityOptions {
  /** As openssl genpkey takes it. */
  readonly key?: readonly string[]
  readonly usage?: string
  readonly digest?: string
  readonly essHash?: string
  readonly days?: number
}

const RSA = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']
export const EC = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']

export async function startAuthority(options: AuthorityOptions = {}): Promise<TestAuthority> {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-tsa-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  makeCertificates(folder, options)
  const reply: TestAuthority['reply'] = (query, more = []) => {
    writeFileSync(join(folder, 'query'), query)
    openssl(folder, 'ts', '-reply', '-queryfile', 'query', '-out', 'reply', '-config', 'openssl.cnf', ...more)
    return readFileSync(join(folder, 'reply'))
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const answer = reply(Buffer.concat(chunks))
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(answer)
    })
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    return (server.address() as AddressInfo).port
  }
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const port = await listen(0)
  onTestFinished(stop)
  const url = `http://127.0.0.1:${port}/tsr`
  return {
    url,
    folder,
    rootPath: join(folder, 'root.pem'),
    reply,
    stop,
    again: async () => void (await listen(port)),
  }
}

export function openssl(folder: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' })
  expect({ args, status, stderr: status === 0 ? '' : stderr }).toMatchObject({ status: 0 })
  return stdout
}

function makeCertificates(folder: string, options: AuthorityOptions): void {
  const {
    key = RSA,
    usage = 'critical,timeStamping',
    digest = 'sha256',
    essHash = 'sha256',
    days = 300,
  } = options
  writeFileSync(
    join(folder, 'openssl.cnf'),
    `[req]
distinguished_name=name
[name]
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[leaf]
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=${usage}
subjectKeyIdentifier=hash
[tsa]
default_tsa=own
[own]
dir=.
serial=./serial
crypto_device=builtin
signer_cert=./tsa.pem
certs=./mid.pem
signer_key=./tsa.key
signer_digest=${digest}
default_policy=1.2.3.4.1
digests=sha256,sha384,sha512
ess_cert_id_chain=no
ess_cert_id_alg=${essHash}
`,
  )
  writeFileSync(join(folder, 'serial'), '01\n')
  const config = ['-config', 'openssl.cnf']
  for (const name of ['root', 'mid', 'tsa']) openssl(folder, 'genpkey', ...key, '-out', `${name}.key`)
  openssl(
    folder,
    'req',
    '-x509',
    '-new',
    '-key',
    'root.key',
    '-subj',
    '/CN=root',
    '-days',
    '3650',
    '-out',
    'root.pem',
    '-extensions',
    'ca',
    ...config,
  )
  const issue = (name: string, by: string, extensions: string, days: number) => {
    openssl(
      folder,
      'req',
      '-new',
      '-key',
      `${name}.key`,
      '-subj',
      `/CN=${name}`,
      '-out',
      `${name}.csr`,
      ...config,
    )
    const signing = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', String(days)]
    openssl(
      folder,
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...signing,
      '-extfile',
      'openssl.cnf',
      '-extensions',
      extensions,
      '-out',
      `${name}.pem`,
    )
  }
  issue('mid', 'root', 'ca', 3000)
  issue('tsa', 'mid', 'leaf', days)
}
