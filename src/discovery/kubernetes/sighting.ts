import { ANY_ADDRESS } from '../../model/port.ts'
import type { Family, Transport } from '../../model/port.ts'
import type { Sighting, SightingFlag, Span } from '../../model/source.ts'
import { printable } from '../printable.ts'
import type { ObjectName } from '../../model/cluster.ts'

/** The nodes' own network namespace. */
export const NODE_NET = 'net:1'

/** Somewhere that an object has a port: its own virtual address, a balancer, a node. */
export interface Opening {
  readonly of: ObjectName
  readonly net: string
  readonly address: string | null
  readonly family?: Family | null
  /** Null: chosen when the object is applied. */
  readonly port: number | null
  readonly transport: Transport
  readonly flags?: readonly SightingFlag[]
  readonly image?: string | null
  readonly span: Span
  readonly remarks: readonly string[]
}

/** A manifest observes nothing, so every state is `unknown`. */
export function sightingOf(opening: Opening): Sighting {
  const { of, address, port, flags = [], image = null } = opening
  const detail = shortened(opening.remarks)
  return {
    net: printable(opening.net),
    address,
    device: null,
    port: port ?? 0,
    last: port ?? 0,
    transport: opening.transport,
    state: 'unknown',
    family: opening.family ?? familyOf(address),
    service: null,
    owners: [],
    workload: printable(`${of.namespace}/${of.kind}/${of.name}`),
    ...(image === null ? {} : { image: printable(image) }),
    flags: port === null ? [...flags, 'port-unknown'] : flags,
    count: 1,
    span: opening.span,
    detail: detail === '' ? null : printable(detail),
  }
}

/** A network that belongs to one object: `net:service.web`. */
export function netOf(kind: string, name: string): string {
  return `net:${kind.toLowerCase()}.${name}`
}

const MOST_REMARKS = 12
const LONGEST_REMARK = 300

/** An Ingress may hold thousands of routes; its port is one. */
function shortened(remarks: readonly string[]): string {
  const shown = remarks.slice(0, MOST_REMARKS).map((remark) => remark.slice(0, LONGEST_REMARK))
  const more = remarks.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

/** `*` says nothing of the family here: whether a cluster has one or two is not in its manifests. */
function familyOf(address: string | null): Family | null {
  if (address === null || address === ANY_ADDRESS) return null
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
