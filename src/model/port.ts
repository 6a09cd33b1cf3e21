/**
 * A network port of a service, and the words for its state. See the glossary in docs/guide/glossary.md.
 */

export const TRANSPORTS = ['tcp', 'udp', 'sctp'] as const
export type Transport = (typeof TRANSPORTS)[number]

export const FAMILIES = ['ipv4', 'ipv6', 'dual'] as const
/** `dual` is one socket that answers on both; Linux lists it under IPv6 alone. */
export type Family = (typeof FAMILIES)[number]

/** The four axes on which a port has a state; each is a fact about something else, so they never merge into one. */
export const OBSERVED = ['open', 'closed', 'unknown'] as const
export type Observed = (typeof OBSERVED)[number]
export const DOCUMENTED = ['none', 'draft', 'documented'] as const
export type Documented = (typeof DOCUMENTED)[number]
export const APPROVAL = ['none', 'pending', 'in-force', 'expired', 'revoked', 'void'] as const
export type Approval = (typeof APPROVAL)[number]
export const ENFORCEMENT = ['none', 'declared', 'applied', 'verified', 'drifted', 'inert'] as const
export type Enforcement = (typeof ENFORCEMENT)[number]

/** RFC 3339 in UTC with milliseconds and `Z`, so that text order is time order. */
export type Instant = string

/** Inclusive; `first <= last`, both 1 to 65535. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Who says what the service is: a document, an answer on the wire, or the port number alone. */
export type ServiceBy = 'declared' | 'probed' | 'guess'
export interface Service {
  readonly name: string
  readonly by: ServiceBy
}

/** The process that holds a socket. What the reader may not see is null. */
export interface Process {
  readonly pid: number | null
  readonly name: string | null
  /** The executable's path. May lie below a home folder: a value that identifies a person. */
  readonly path: string | null
  /** The account's name. Identifies a person. */
  readonly user: string | null
  /** systemd unit, from the control group. */
  readonly unit: string | null
  /** Container id (64 hexadecimal digits), from the control group. */
  readonly container: string | null
}

/** Any address of the family: 0.0.0.0, :: and ss's `*`. */
export const ANY_ADDRESS = '*'

/**
 * `db-1/net:1/10.0.3.7:5432/tcp`: place, network namespace, address (`[…]` around IPv6, `%device` behind it,
 * `*` for any), number and transport. `net:1` is the namespace of process 1.
 */
export type PortId = string

export interface PortKey {
  /** Network namespace label, `net:1` where a source knows only one. */
  readonly net: string
  /** Textual address; `*` any address of both families, `0.0.0.0` any IPv4, `::` any IPv6; null where the source does not say. */
  readonly address: string | null
  readonly device: string | null
  readonly port: number
  readonly transport: Transport
}

/** The part of a PortId behind the place. */
export function portKeyText(key: PortKey): string {
  const address = key.address === null ? '?' : key.address.includes(':') ? `[${key.address}]` : key.address
  const device = key.device === null ? '' : `%${key.device}`
  return `${key.net}/${address}${device}:${key.port}/${key.transport}`
}

export function portId(place: string, key: PortKey): PortId {
  return `${place}/${portKeyText(key)}`
}

/** `10.0.3.7:5432/tcp`, `[::1]:53/udp`, `*:8000-8100/tcp`. */
export function bindingText(
  of: Pick<PortKey, 'address' | 'device' | 'port' | 'transport'> & { readonly last: number },
): string {
  const number = of.last > of.port ? `${of.port}-${of.last}` : String(of.port)
  const device = of.device === null ? '' : `%${of.device}`
  const address = of.address === null ? '?' : of.address.includes(':') ? `[${of.address}]` : of.address
  return `${address}${device}:${number}/${of.transport}`
}

/** Second precision, and UTC said: law reads these. */
export function timeText(at: Instant): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`
}
