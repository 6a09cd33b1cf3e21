import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A timestamp authority of `openssl ts`, with a root of its own. */
export interface Authority {
  /** The root's certificate, PEM. */
  readonly root: string
  /** TimeStampResp over the bytes. */
  stamp(bytes: string | Uint8Array, options?: StampOptions): Buffer
  /** The content of a token signed by this authority, which may be one that `openssl ts` would not sign with. */
  signAs(content: Uint8Array, ...more: readonly string[]): Buffer
  /** Two certificates of the authority, DER: its own, and one of the same key, issuer and serial number. */
  twins(): readonly [Buffer, Buffer]
  /** What `openssl ts -verify` says of it: null where it holds. */
  foreign(bytes: string | Uint8Array, response: Uint8Array): string | null
  close(): void
}

export interface AuthorityOptions {
  /** Arguments of `openssl req -newkey`. */
  readonly key?: readonly string[]
  readonly usage?: string
  /** The authority's certificate ends before it begins to stamp. */
  readonly expired?: boolean
  /** A certificate between root and authority. */
  readonly intermediate?: boolean
}

export interface StampOptions {
  readonly digest?: 'sha1' | 'sha256' | 'sha384' | 'sha512'
  /** Whether the token holds its certificate. */
  readonly certificate?: boolean
}

export const RSA = ['-newkey', 'rsa:2048'] as const
export const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] as const
export const P384 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'] as const

const CONFIG = `
[tsa]
default_tsa = here
[here]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = chain.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha1, sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[ca]
default_ca = issuer
[issuer]
database = index.txt
new_certs_dir = .
serial = ca-serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[issuing]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
extendedKeyUsage = USAGE
`

const shared = new Map<string, Authority>()

/**
 * The one authority of these options in this process, whose answers to a question are kept: tests that are run again
 * and again do not wait for keys. A test that needs two of the same options makes the other with `authority`.
 */
export function sharedAuthority(options: AuthorityOptions = {}): Authority {
  const name = JSON.stringify(options)
  const known = shared.get(name)
  if (known !== undefined) return known
  const own = authority(options)
  process.once('exit', () => own.close())
  const made: Authority = {
    ...own,
    stamp: remembered((...question: Parameters<Authority['stamp']>) => own.stamp(...question)),
    signAs: remembered((...question: Parameters<Authority['signAs']>) => own.signAs(...question)),
    twins: remembered(() => own.twins()),
  }
  shared.set(name, made)
  return made
}

export function authority(options: AuthorityOptions = {}): Authority {
  const { key = RSA, usage = 'critical, timeStamping', expired = false, intermediate = false } = options
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-tsa-'))
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const at = (name: string) => join(folder, name)
  writeFileSync(at('tsa.cnf'), CONFIG.replace('USAGE', usage))
  writeFileSync(at('index.txt'), '')
  for (const name of ['serial', 'ca-serial']) writeFileSync(at(name), '01\n')
  const request = (name: string, ...more: readonly string[]) =>
    openssl('req', ...key, '-nodes', '-keyout', `${name}.key`, '-subj', `/CN=${name}`, ...more)
  const issue = (name: string, by: string, extensions: string, from: string, until: string, csr?: string) => {
    if (csr === undefined) request(name, '-new', '-out', `${name}.csr`)
    const issuer = ['-cert', `${by}.pem`, '-keyfile', `${by}.key`]
    const times = ['-startdate', from, '-enddate', until]
    openssl(
      'ca',
      '-config',
      'tsa.cnf',
      '-batch',
      '-notext',
      ...issuer,
      ...times,
      '-extensions',
      extensions,
      '-in',
      csr ?? `${name}.csr`,
      '-out',
      `${name}.pem`,
    )
  }
  request(
    'root',
    '-x509',
    '-days',
    '36500',
    '-config',
    'tsa.cnf',
    '-extensions',
    'issuing',
    '-out',
    'root.pem',
  )
  if (intermediate) issue('middle', 'root', 'issuing', '20200101000000Z', '20990101000000Z')
  const end = expired ? '20210101000000Z' : '20990101000000Z'
  issue('tsa', intermediate ? 'middle' : 'root', 'stamping', '20200101000000Z', end)
  writeFileSync(at('chain.pem'), intermediate ? readFileSync(at('middle.pem')) : readFileSync(at('root.pem')))
  return {
    root: readFileSync(at('root.pem'), 'utf8'),
    stamp: (bytes, { digest = 'sha256', certificate = true } = {}) => {
      writeFileSync(at('data'), bytes)
      openssl(
        'ts',
        '-query',
        '-data',
        'data',
        `-${digest}`,
        ...(certificate ? ['-cert'] : []),
        '-out',
        'query.tsq',
      )
      openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq', '-out', 'reply.tsr')
      return readFileSync(at('reply.tsr'))
    },
    signAs: (content, ...more) => {
      writeFileSync(at('content'), content)
      const signer = ['-signer', 'tsa.pem', '-inkey', 'tsa.key', '-md', 'sha256']
      const type = ['-binary', '-nodetach', '-econtent_type', '1.2.840.113549.1.9.16.1.4', '-nosmimecap']
      const token = openssl(
        'cms',
        '-sign',
        '-in',
        'content',
        ...signer,
        ...type,
        ...(more.length === 0 ? ['-cades'] : more),
        '-outform',
        'DER',
      )
      return der(0x30, Buffer.from('3003020100', 'hex'), token)
    },
    twins: () => {
      for (const name of ['ca-serial', 'index.txt'])
        writeFileSync(at(name), name === 'ca-serial' ? '01\n' : '')
      const before = readFileSync(at('tsa.pem'))
      issue('tsa-twin', 'root', 'stamping', '20200102000000Z', end, 'tsa.csr')
      return [new X509Certificate(before).raw, new X509Certificate(readFileSync(at('tsa-twin.pem'))).raw]
    },
    foreign: (bytes, response) => {
      writeFileSync(at('data'), bytes)
      writeFileSync(at('reply.tsr'), response)
      try {
        openssl('ts', '-verify', '-data', 'data', '-in', 'reply.tsr', '-CAfile', 'root.pem')
        return null
      } catch (error) {
        return String(error)
      }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A DER element of up to 65,535 bytes. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag, 0x82, content.length >> 8, content.length & 255), content])
}

/** Bytes are asked for by what they are. */
function remembered<A extends readonly unknown[], T>(answer: (...question: A) => T): (...question: A) => T {
  const answers = new Map<string, T>()
  return (...question) => {
    const name = JSON.stringify(question)
    const known = answers.get(name)
    if (known !== undefined) return known
    const given = answer(...question)
    answers.set(name, given)
    return given
  }
}
