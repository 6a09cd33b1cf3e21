import { base64, decimal, fromBase64, fromBase64Hash, fromUtf8 } from './bytes.ts'
import { must } from './fault.ts'
import { checkEnrollable, ORIGIN, parseKey, type Key } from './key.ts'
import { parsePolicy, type Policy } from './policy.ts'
import { parseCertificate, type Certificate } from './x509.ts'

/** What a verifier knows before it reads a pack: docs/formats/trust-v1.md. */

export interface Trust extends Policy {
  readonly origin: string
  /** Leaf hash of entry 0. */
  readonly genesis: Uint8Array
  readonly roots: TrustedRoots | null
  readonly heads: readonly { readonly size: number; readonly root: Uint8Array }[]
  readonly timestampRoots: readonly Certificate[]
}

/** The root keys as they stood behind an entry. */
export interface TrustedRoots {
  readonly index: number
  readonly threshold: number
  readonly keys: readonly Key[]
}

export const MAX_TRUST = 65_536
const FIRST_LINE = 'portreeve.dev/trust/v1'
const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'
const AUTHORITY = /^[a-z0-9.-]{1,64}$/

export function parseTrust(bytes: Uint8Array): Trust {
  must(bytes.length <= MAX_TRUST, 'a trust file has at most 65,536 bytes')
  const text = fromUtf8(bytes)
  must(
    !/[^\t\n\u0020-\u{10ffff}]/u.test(text),
    'a trust file holds no control characters; its lines end in a newline alone',
  )
  must(text.endsWith('\n') && text.startsWith(`${FIRST_LINE}\n`), `a trust file begins with ${FIRST_LINE}`)
  const { lines, certificates } = split(text.split('\n').slice(1, -1))
  const only = (word: string) => lines.filter(([first]) => first === word)
  const policy = parsePolicy(
    lines.filter(([word]) => ['log', 'witness', 'group', 'quorum'].includes(word ?? '')),
  )
  const known = ['origin', 'genesis', 'roots', 'head', 'log', 'witness', 'group', 'quorum']
  for (const [word = ''] of lines)
    must(known.includes(word), `a trust file has no line ${JSON.stringify(word.slice(0, 40))}`)
  const origin = single(only('origin'), 'origin')
  must(ORIGIN.test(origin), 'not the origin of a log')
  must(policy.logs.length > 0, 'a trust file names a key of the log')
  for (const key of policy.logs) must(key.name === origin, 'the name of a log key is the origin')
  for (const key of [...policy.logs, ...policy.witnesses]) checkEnrollable(key)
  return {
    ...policy,
    origin,
    genesis: fromBase64Hash(single(only('genesis'), 'genesis')),
    roots: rootsOf(only('roots')),
    heads: headsOf(only('head')),
    timestampRoots: certificates,
  }
}

/** Lines in words, and the certificates that stand between them. */
function split(lines: readonly string[]): { lines: string[][]; certificates: Certificate[] } {
  const words: string[][] = []
  const certificates: Certificate[] = []
  const names = new Set<string>()
  for (let i = 0; i < lines.length; i++) {
    const line = (lines[i] as string).replace(/^[ \t]+|[ \t]+$/g, '')
    if (line === '' || line.startsWith('#')) continue
    const parts = line.split(/[ \t]+/)
    if (parts[0] !== 'timestamp') {
      words.push(parts)
      continue
    }
    const [, name = '', ...more] = parts
    must(
      AUTHORITY.test(name) && more.length === 0 && !names.has(name),
      'a timestamp line has one name, used once',
    )
    names.add(name)
    const end = lines.indexOf(END, i)
    must(lines[i + 1] === BEGIN && end > 0, `no certificate behind the line of ${name}`)
    certificates.push(parseCertificate(pemBytes(lines.slice(i + 2, end))))
    i = end
  }
  must(certificates.length <= 32, 'more than 32 timestamp authorities')
  return { lines: words, certificates }
}

/** RFC 7468: base64 in lines of 64 characters. */
function pemBytes(lines: readonly string[]): Uint8Array {
  const text = lines.join('')
  must(text.length <= 16_384, 'a certificate of more than 16 KiB')
  must(
    lines.every((line, i) => (i < lines.length - 1 ? line.length === 64 : line.length <= 64)),
    'PEM lines have 64 characters',
  )
  return fromBase64(text)
}

function single(lines: readonly (readonly string[])[], word: string): string {
  const [line] = lines
  must(lines.length === 1 && line?.length === 2, `a trust file has one line \`${word}\` with one value`)
  return line[1] as string
}

function rootsOf(lines: readonly (readonly string[])[]): TrustedRoots | null {
  const [line] = lines
  if (line === undefined) return null
  const [, index = '', threshold = '', ...keys] = line
  must(
    lines.length === 1 && keys.length > 0 && keys.length <= 16,
    'a trust file has one line `roots` with 1 to 16 keys',
  )
  const roots = { index: decimal(index), threshold: decimal(threshold), keys: keys.map(parseKey) }
  must(roots.threshold >= 1 && roots.threshold <= keys.length, 'the threshold of the roots is out of range')
  for (const key of roots.keys) checkEnrollable(key)
  must(new Set(roots.keys.map((key) => base64(key.material))).size === keys.length, 'a root key stands twice')
  return roots
}

function headsOf(lines: readonly (readonly string[])[]): { size: number; root: Uint8Array }[] {
  const heads = lines.map(([, size = '', root = '', ...more]) => {
    must(more.length === 0, 'a head line has a size and a root')
    return { size: decimal(size), root: fromBase64Hash(root) }
  })
  must(
    heads.length <= 64 && new Set(heads.map(({ size }) => size)).size === heads.length,
    'heads of one size, or more than 64',
  )
  return heads
}
