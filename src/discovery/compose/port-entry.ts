import { canonicalAddress } from '../../lib/ip.ts'
import { ANY_ADDRESS, TRANSPORTS } from '../../model/port.ts'
import type { PortRange, Transport } from '../../model/port.ts'
import type { Span } from '../../model/source.ts'
import { clip } from '../yaml/nodes.ts'
import { hasVariable, splitOutside } from './variable.ts'

/** One entry of `ports` or `expose`, as compose reads it. */
export interface PortEntry {
  /** `*` where the entry names none; null where a variable holds it. */
  readonly address: string | null
  /** Null: chosen when the project starts, or held by a variable. */
  readonly published: PortRange | null
  /** Container ports; null where a variable holds them. */
  readonly target: PortRange | null
  readonly transport: Transport
  /** What the file says beside, in its own words. */
  readonly remarks: readonly string[]
  readonly span: Span
}

/** The parts of an entry as written, of the short syntax or the long. Empty: not written. */
export interface EntryText {
  readonly address: string
  readonly published: string
  readonly target: string
  readonly protocol: string
  readonly remarks: readonly string[]
}

/** Short syntax `[ip:][published:]target[/protocol]`, split from the right as Docker does, so that IPv6 needs no brackets. */
export function shortSyntax(text: string): EntryText {
  const [ports = '', protocol = '', ...more] = splitOutside(text, '/')
  const parts = splitOutside(ports, ':')
  return {
    address: unbracketed(parts.slice(0, -2).join(':')),
    published: parts.at(-2) ?? '',
    target: parts.at(-1) ?? '',
    protocol: [protocol, ...more].join('/'),
    remarks: [],
  }
}

/**
 * Checks the parts as Docker's nat.ParsePortSpec does.
 *
 * @param fail takes what is wrong; the entry is then null.
 */
export function portEntry(written: EntryText, span: Span, fail: (message: string) => void): PortEntry | null {
  const remarks = [...written.remarks]
  const address = addressOf(written.address, remarks)
  const target = rangeOf(written.target, remarks, 'container port')
  const published = written.published === '' ? null : rangeOf(written.published, remarks, 'published')
  const transport = transportOf(written.protocol, remarks)
  if (address === undefined) fail(`"${clip(written.address)}" is not an IP address`)
  else if (target === undefined) fail(`"${clip(written.target)}" is not a port or a range of ports`)
  else if (published === undefined) fail(`"${clip(written.published)}" is not a port or a range of ports`)
  else if (transport === undefined) fail(`"${clip(written.protocol)}" is not tcp, udp or sctp`)
  else return paired({ address, published, target, transport, remarks, span }, fail)
  return null
}

export function lengthOf({ first, last }: PortRange): number {
  return last - first + 1
}

function paired(entry: PortEntry, fail: (message: string) => void): PortEntry | null {
  const { published, target, remarks } = entry
  if (published === null) return entry
  // Published 0 asks the kernel for a free port, as an absent one does.
  if (published.first === 0) return { ...entry, published: null }
  if (target === null || lengthOf(published) === lengthOf(target)) return entry
  if (lengthOf(target) === 1) {
    const free = `published on a free port of ${published.first}-${published.last}`
    return { ...entry, published: null, remarks: [...remarks, free] }
  }
  fail(`${lengthOf(published)} published ports cannot stand for ${lengthOf(target)} container ports`)
  return null
}

/** Null: held by a variable. Undefined: neither that nor an address. */
function addressOf(text: string, remarks: string[]): string | null | undefined {
  if (text === '') return ANY_ADDRESS
  if (!hasVariable(text)) return canonicalAddress(text) ?? undefined
  remarks.push(`address ${clip(text)}`)
  return null
}

function rangeOf(text: string, remarks: string[], what: string): PortRange | null | undefined {
  if (hasVariable(text)) {
    remarks.push(`${what} ${clip(text)}`)
    return null
  }
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  if (first === undefined || Number(last) > 65_535 || Number(first) > Number(last)) return undefined
  return { first: Number(first), last: Number(last) }
}

function transportOf(text: string, remarks: string[]): Transport | undefined {
  if (text === '') return 'tcp'
  if (!hasVariable(text)) return TRANSPORTS.find((transport) => transport === text.toLowerCase())
  remarks.push(`protocol ${clip(text)}, read as tcp`)
  return 'tcp'
}

function unbracketed(text: string): string {
  return /^\[(.*)\]$/.exec(text)?.[1] ?? text
}
