import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import type { HostReader } from '../../discovery/host-reader.ts'
import { inTurn } from '../../discovery/in-turn.ts'
import { knownAnswer, type OpenListeners } from '../../discovery/known-answer.ts'
import { LSOF_FIELDS, type LsofText, parseLsof } from '../../discovery/lsof.ts'
import { bootIdentity, placeIdentity } from '../../discovery/place-identity.ts'
import { provenUdp, sightingsDigest, socketSightings } from '../../discovery/socket-sightings.ts'
import type { Instant } from '../../model/port.ts'
import { Refusal } from '../../model/refusal.ts'
import type { AbsentRegion, PlaceClaim, Reading } from '../../model/source.ts'
import { run } from './run.ts'

export interface MacosHostOptions {
  /** For the known-answer test. */
  readonly open: OpenListeners
  readonly now?: () => Instant
}

/** Reads this Mac through lsof, the one tool it has that names the processes. Tested on recorded text. */
export function macosHost({ open, now = () => new Date().toISOString() }: MacosHostOptions): HostReader {
  // One look at a time: the listeners of a known-answer test are nobody else's sighting.
  const alone = inTurn()
  return {
    read: () =>
      alone(async () => {
        const at = now()
        return macosReading(await look(), await thisPlace(), at, seesAll())
      }),
    networks: async () => ({ place: await thisPlace(), networks: [] }),
    prove: () =>
      alone(async () => ({
        build: await buildDigest(),
        privileges: privileges(),
        clock: 'unknown',
        knownAnswer: await knownAnswer(open, async () => (await look()).sockets),
        configuration: {
          privileges: seesAll() ? 'root' : 'an account other than root',
          sockets: `lsof ${LSOF_ARGUMENTS.join(' ')}`,
        },
      })),
  }
}

/** net.inet.ip.portrange.first and .last of macOS. */
const ephemeral = () => ({ first: 49_152, last: 65_535 })
const ALL_PORTS = [{ first: 1, last: 65_535 }]

/** `seesAll`: whether lsof ran as root; otherwise it leaves out what other accounts have open. */
export function macosReading(seen: LsofText, place: PlaceClaim, at: Instant, seesAll: boolean): Reading {
  const sightings = socketSightings(seen.sockets, { ephemeral, file: null })
  const absent = (['tcp', 'udp'] as const).map((transport): AbsentRegion => ({
    net: '*',
    transport,
    ports: transport === 'udp' ? provenUdp(seen.sockets, ephemeral) : ALL_PORTS,
    addresses: null,
  }))
  const notes = [
    !seesAll && 'not run as root: what other accounts listen on is not seen, so nothing is taken as closed',
    seen.unread > 0 && `${seen.unread} sockets of lsof could not be read`,
    place.identity === null && 'the platform UUID could not be read: the place is known by its name alone',
  ]
  return {
    source: {
      name: `macos-host:${place.name}`,
      kind: 'macos-host',
      vantage: 'on-host',
      digest: sightingsDigest(sightings),
    },
    at,
    complete: seesAll && seen.unread === 0,
    places: [{ place, sightings, absent: seesAll && seen.unread === 0 ? absent : [] }],
    notes: notes.filter((note) => note !== false),
  }
}

const LSOF_ARGUMENTS = ['-nP', '-iTCP', '-iUDP', `-F${LSOF_FIELDS}`]

async function look(): Promise<LsofText> {
  const text = await run('lsof', LSOF_ARGUMENTS)
  if (text !== null) return parseLsof(text)
  throw new Refusal('tool-missing', 'lsof could not be run', { hint: 'it belongs to macOS: /usr/sbin/lsof' })
}

async function thisPlace(): Promise<PlaceClaim> {
  const platform = (await run('ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice'])) ?? ''
  const identity = placeIdentity(/"IOPlatformUUID" = "([^"]+)"/.exec(platform)?.[1] ?? '')
  const boot = bootIdentity((await run('sysctl', ['-n', 'kern.bootsessionuuid'])) ?? '')
  const interfaces = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  const addresses = interfaces.filter(({ internal }) => !internal).map(({ address }) => address)
  const name = hostname()
  return {
    kind: 'host',
    name,
    identity,
    names: [name],
    addresses: [...new Set(addresses)].sort(),
    realm: 'default',
    ...(boot === null ? {} : { boot }),
  }
}

function privileges(): string {
  return seesAll() ? 'root' : `account ${process.geteuid?.()}, may not see other accounts' processes`
}

function seesAll(): boolean {
  return process.geteuid?.() === 0
}

async function buildDigest(): Promise<string> {
  const hash = createHash('sha256')
  for (const folder of [new URL('.', import.meta.url), new URL('../../discovery/', import.meta.url)]) {
    const names = (await readdir(folder)).filter((name) => /(?<![.]test|[.]d)[.][jt]s$/.test(name))
    for (const name of names.sort()) {
      const content = await readFile(new URL(name, folder))
      hash.update(`${name}\n${content.length}\n`).update(content)
    }
  }
  return `sha256:${hash.digest('hex')}`
}
