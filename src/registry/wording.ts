import type { Process } from '../model/port.ts'
import type { Sighting } from '../model/source.ts'
import type { Opening } from './book.ts'
import type { DeclaredBinding } from './record.ts'

/** `db-1 5432/tcp on 10.0.3.7`. */
export function portText(place: string, sighting: Sighting): string {
  const net = sighting.net === 'net:1' ? '' : ` in ${plain(sighting.net)}`
  const workload = sighting.workload === null ? '' : ` of ${plain(sighting.workload)}`
  const address = addressText(sighting.address, sighting.device)
  return `${plain(place)} ${rangeText(sighting.port, sighting.last)}/${sighting.transport} on ${address}${workload}${net}`
}

export function bindingText(binding: DeclaredBinding): string {
  return `${rangeText(binding.first, binding.last)}/${binding.transport} on ${addressText(binding.address, binding.device)}`
}

export function addressText(address: string | null, device: string | null): string {
  const on = device === null ? '' : ` of ${plain(device)}`
  if (address === null) return `an address that the source does not name${on}`
  if (address === '*') return `every address${on}`
  if (address === '0.0.0.0') return `every IPv4 address${on}`
  return address === '::' ? `every IPv6 address${on}` : `${plain(address)}${on}`
}

export function rangeText(first: number, last: number): string {
  return first === last ? String(first) : `${first}-${last}`
}

/** `postgres (pid 812, user postgres, unit postgresql.service)`, or that nobody could say. */
export function holdersText(owners: readonly Process[]): string {
  const [first, ...others] = owners
  if (first === undefined) return 'a process that the source could not name'
  return others.length === 0 ? holderName(first) : `${holderName(first)} and ${others.length} more`
}

/** `between A and B`: the interval within which it happened, or that there is no lower end. */
export function sinceText(since: Opening | null): string {
  if (since === null) return 'at a time that is not on record'
  if (since.notBefore === null) return `not after ${since.notAfter} (already so at the first pass)`
  return `between ${since.notBefore} and ${since.notAfter}`
}

/** A word of a shell command: names come from hosts and files, and hints are there to be pasted. */
export function shellWord(text: string): string {
  const word = plain(text)
  return /^[\w.,:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A process chooses its own name; control characters and direction marks in it must not reach a terminal. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\u{fffd}')
}

function holderName(owner: Process): string {
  const facts = [
    owner.pid === null ? null : `pid ${owner.pid}`,
    owner.user === null ? null : `user ${plain(owner.user)}`,
    owner.unit === null ? null : `unit ${plain(owner.unit)}`,
    owner.container === null ? null : `container ${plain(owner.container.slice(0, 12))}`,
  ].filter((fact) => fact !== null)
  const name = plain(owner.name ?? owner.path ?? 'an unnamed process')
  return facts.length === 0 ? name : `${name} (${facts.join(', ')})`
}
