import { X509Certificate } from 'node:crypto'

import {
  booleanOf,
  contextTag,
  DerError,
  type DerNode,
  integerOf,
  membersOf,
  octetsOf,
  oidOf,
  readDer,
  TAG,
} from './der.ts'

/** What node's X509Certificate does not say of a certificate: RFC 5280 section 4.1. */
export interface Certificate {
  readonly x509: X509Certificate
  readonly der: Uint8Array
  /** DER of the issuer's name. */
  readonly issuer: Uint8Array
  readonly serial: bigint
  readonly keyId: Uint8Array | null
  /** Extended key usages, and whether a reader that does not know them must refuse. */
  readonly usages: { readonly critical: boolean; readonly oids: readonly string[] } | null
  /** Of the signature on it. */
  readonly algorithm: string
}

const KEY_ID = '2.5.29.14'
const EXTENDED_USAGE = '2.5.29.37'

/** Throws `DerError` for what is no certificate. */
export function readCertificate(der: Uint8Array): Certificate {
  const whole = membersOf(readDer(der))
  const signed = membersOf(whole.next(TAG.sequence))
  signed.optional(contextTag(0))
  const serial = integerOf(signed.next())
  const algorithm = oidOf(membersOf(signed.next(TAG.sequence)).next())
  const issuer = signed.next(TAG.sequence).bytes
  const extensions = extensionsIn(signed.rest())
  const keyId = extensions.get(KEY_ID)
  const usages = extensions.get(EXTENDED_USAGE)
  return {
    x509: x509Of(der),
    der,
    issuer,
    serial,
    algorithm,
    keyId: keyId === undefined ? null : octetsOf(readDer(keyId.value)),
    usages:
      usages === undefined
        ? null
        : { critical: usages.critical, oids: membersOf(readDer(usages.value)).rest().map(oidOf) },
  }
}

/** Every certificate of a PEM text. Throws `DerError` where one is none. */
export function certificatesInPem(text: string): Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) =>
    readCertificate(Buffer.from(block.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64')),
  )
}

/** PEM with 64 characters a line: RFC 7468. */
export function pemOf({ der }: Pick<Certificate, 'der'>): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

interface Extension {
  readonly critical: boolean
  readonly value: Uint8Array
}

function extensionsIn(members: readonly DerNode[]): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>()
  const last = members.find(({ tag }) => tag === contextTag(3))
  if (last === undefined) return found
  for (const node of membersOf(membersOf(last, contextTag(3)).next()).rest()) {
    const extension = membersOf(node)
    const oid = oidOf(extension.next())
    if (found.has(oid)) throw new DerError('an extension twice')
    const critical = extension.optional(TAG.boolean)
    found.set(oid, { critical: critical !== null && booleanOf(critical), value: octetsOf(extension.next()) })
    extension.end()
  }
  return found
}

function x509Of(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der)
  } catch {
    throw new DerError('not a certificate')
  }
}
