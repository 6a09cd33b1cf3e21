import type { HostReader } from '../../discovery/host-reader.ts'
import { inTurn } from '../../discovery/in-turn.ts'
import { knownAnswer, type OpenListeners } from '../../discovery/known-answer.ts'
import { sightingsDigest, socketSightings } from '../../discovery/socket-sightings.ts'
import type { Instant } from '../../model/port.ts'
import type { PlaceClaim, Reading } from '../../model/source.ts'
import { absence, blindSpots } from './blind-spots.ts'
import { buildDigest } from './build.ts'
import { clockState } from './clock.ts'
import { owners } from './owners.ts'
import { type Pass, pass } from './pass.ts'
import { thisPlace } from './place.ts'
import { privileges } from './privileges.ts'

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
  return {
    read: () =>
      alone(async () => {
        const at = now()
        return reading(await pass(holders), thisPlace(), at)
      }),
    prove: () =>
      alone(async () => ({
        build: await buildDigest(),
        privileges: privileges(),
        clock: await clockState(),
        knownAnswer: await knownAnswer(open, async () => (await pass(holders)).sockets),
      })),
  }
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
