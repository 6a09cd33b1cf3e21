import type { Process } from '../model/port.ts'
import type { Sighting } from '../model/source.ts'

/** A prefork server holds its socket hundreds of times; what differs among these is told by this many. */
const MAX_OWNERS = 8
const MAX_TEXT = {
  path: 1024,
  name: 96,
  user: 96,
  unit: 256,
  container: 128,
  detail: 256,
  workload: 512,
  service: 128,
  image: 512,
} as const

/**
 * A sighting in the one form in which it is compared and kept: owners that differ by process number alone are one
 * owner (the lowest number), lists are sorted, and texts that a local user chooses are bounded, so that a change of
 * one port always fits a ledger entry.
 */
export function canonicalSighting(sighting: Sighting): Sighting {
  return {
    ...sighting,
    service: clippedService(sighting.service),
    owners: canonicalOwners(sighting.owners),
    flags: [...new Set(sighting.flags)].toSorted(),
    workload: clip(sighting.workload, MAX_TEXT.workload),
    ...(sighting.image === undefined ? {} : { image: clip(sighting.image, MAX_TEXT.image) ?? '' }),
    detail: clip(sighting.detail, MAX_TEXT.detail),
  }
}

/** Two sightings of one key in one reading: what is open wins, and every holder counts. */
export function mergeSighting(one: Sighting, other: Sighting): Sighting {
  const [lead, second] = orderOf(one) <= orderOf(other) ? [one, other] : [other, one]
  return canonicalSighting({
    ...lead,
    owners: [...lead.owners, ...second.owners],
    flags: [...lead.flags, ...second.flags],
    count: lead.count + second.count,
  })
}

function orderOf(sighting: Sighting): string {
  const state = sighting.state === 'open' ? 0 : sighting.state === 'unknown' ? 1 : 2
  return `${state} ${JSON.stringify([sighting.last, sighting.family, sighting.service, sighting.workload, sighting.detail, sighting.span])}`
}

function clippedService(service: Sighting['service']): Sighting['service'] {
  if (service === null) return null
  const name = clip(service.name, MAX_TEXT.service) ?? service.name
  return name === service.name ? service : { ...service, name }
}

function canonicalOwners(owners: readonly Process[]): readonly Process[] {
  const byHolder = new Map<string, Process>()
  for (const owner of owners.map(bounded)) {
    const key = holderText(owner)
    const known = byHolder.get(key)
    if (known === undefined || (owner.pid ?? Infinity) < (known.pid ?? Infinity)) byHolder.set(key, owner)
  }
  return [...byHolder]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_OWNERS)
    .map(([, owner]) => owner)
}

/** What tells one holder from another, apart from its process number. */
export function holderText(owner: Process): string {
  return JSON.stringify([owner.path, owner.name, owner.user, owner.unit, owner.container])
}

function bounded(owner: Process): Process {
  return {
    pid: owner.pid,
    name: clip(owner.name, MAX_TEXT.name),
    path: clip(owner.path, MAX_TEXT.path),
    user: clip(owner.user, MAX_TEXT.user),
    unit: clip(owner.unit, MAX_TEXT.unit),
    container: clip(owner.container, MAX_TEXT.container),
  }
}

/** Cuts where the JSON text of the value would take more than `limit` bytes. */
function clip(text: string | null, limit: number): string | null {
  // Six bytes is the most that one code unit takes in JSON: \u001b.
  if (text === null || text.length * 6 <= limit) return text
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += jsonBytes(character)
    if (bytes > limit) return `${text.slice(0, end)}…`
    end += character.length
  }
  return text
}

function jsonBytes(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20) return 6
  if (code === 0x22 || code === 0x5c) return 2
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}
