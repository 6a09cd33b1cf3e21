import type { CollectorConfiguration, HostNetworks, HostReader } from '../../discovery/host-reader.ts'
import { inTurn } from '../../discovery/in-turn.ts'
import { knownAnswer, type OpenListeners } from '../../discovery/known-answer.ts'
import { sightingsDigest, socketSightings } from '../../discovery/socket-sightings.ts'
import type { HostNetwork } from '../../model/host-network.ts'
import type { Instant } from '../../model/port.ts'
import type { PlaceClaim, Reading } from '../../model/source.ts'
import { absence, blindSpots } from './blind-spots.ts'
import { buildDigest } from './build.ts'
import { clockState } from './clock.ts'
import { hostNetworks } from './networks.ts'
import { owners } from './owners.ts'
import { type Pass, pass } from './pass.ts'
import { thisPlace } from './place.ts'
import { privileges } from './privileges.ts'
import { ssArguments } from './sockets.ts'

export interface LinuxHostOptions {
  /** For the known-answer test. */
  readonly open: OpenListeners
  readonly now?: () => Instant
}

/** Reads this Linux host: sockets by `ss` in every network namespace, who holds them from /proc. */
export function linuxHost({ open, now = () => new Date().toISOString() }: LinuxHostOptions): HostReader {
  const holders = owners()
  // One look at a time: the listeners of a known-answer test are nobody else's sighting.
  const alone = inTurn()
  const networks = remembered(async () => ({ place: thisPlace(), networks: await hostNetworks() }))
  return {
    networks: () => networks(NETWORKS_KEPT_MS),
    read: () =>
      alone(async () => {
        const at = now()
        const { networks: seen } = await networks(NETWORKS_NOTED_MS)
        const { notes, ...rest } = reading(await pass(holders), thisPlace(), at)
        return { ...rest, notes: [...notes, ...networkNotes(seen)] }
      }),
    prove: () =>
      alone(async () => {
        const may = privileges()
        const answer = await knownAnswer(open, async () => (await pass(holders)).sockets)
        return {
          build: await buildDigest(),
          privileges: may,
          clock: await clockState(),
          knownAnswer: answer,
          configuration: configurationOf(await pass(holders), may),
        }
      }),
  }
}

/** What an entry takes: a host may have thousands of namespaces. */
const MOST_NAMESPACES = 64

function configurationOf({ namespaces, everyProcess }: Pass, may: string): CollectorConfiguration {
  const by = (...ways: readonly string[]) => namespaces.filter((one) => ways.includes(one.by))
  return {
    namespaces: by('ss', 'procfs', 'counter')
      .slice(0, MOST_NAMESPACES)
      .map(({ label }) => label),
    namespaces_by_procfs: by('procfs').length,
    namespaces_by_ss: by('ss').length,
    namespaces_empty: by('counter').length,
    namespaces_unread: by('unread').length,
    every_process: everyProcess,
    // Whose account it is, is nobody's business here.
    privileges: may.replace(/^(?!root\b)[^,]*/, 'an account other than root'),
    sockets: `ss ${ssArguments()[0]?.join(' ') ?? ''}, else /proc/PID/net; owners from /proc`,
  }
}

/** A page of ports asks again within seconds; a note of what was read may be older. */
const NETWORKS_KEPT_MS = 10_000
const NETWORKS_NOTED_MS = 60_000

function remembered(read: () => Promise<HostNetworks>): (maxAgeMs: number) => Promise<HostNetworks> {
  let last: { readonly at: number; readonly answer: Promise<HostNetworks> } | null = null
  return (maxAgeMs) => {
    if (last === null || performance.now() - last.at > maxAgeMs)
      last = { at: performance.now(), answer: read() }
    return last.answer
  }
}

/** For the coverage entry: of which namespaces reach rests on rules that were read, and of which it does not. */
function networkNotes(networks: readonly HostNetwork[]): string[] {
  const whole = networks.filter(({ reasons }) => reasons.length === 0).map(({ net }) => net)
  return [
    ...(whole.length === 0
      ? []
      : [`interfaces, routes, settings and packet filters were read for reach: ${whole.join(', ')}`]),
    ...networks.flatMap(({ reasons }) => reasons.map(({ text }) => text)),
  ]
}

function reading(seen: Pass, place: PlaceClaim, at: Instant): Reading {
  const ranges = new Map(seen.namespaces.map(({ label, ephemeral }) => [label, ephemeral]))
  const ephemeral = (net: string) => ranges.get(net) ?? null
  const sightings = socketSightings(seen.sockets, { ephemeral, file: null })
  const spots = blindSpots(seen, place)
  return {
    source: {
      name: `linux-host:${place.name}`,
      kind: 'linux-host',
      vantage: 'on-host',
      digest: sightingsDigest(sightings),
    },
    at,
    complete: spots.everyNamespace,
    places: [{ place, sightings, absent: absence(seen, spots.everyNamespace, ephemeral) }],
    notes: spots.notes,
  }
}
