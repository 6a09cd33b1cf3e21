import type { Hop, Level, Reach, ReachPath, ReachVia, Reason } from '../model/reach.ts'
import { hasConnection } from './connection-set.ts'
import type { Connectivity } from './connectivity.ts'
import { decisionOn } from './decision.ts'
import type { Packet } from './decision.ts'
import { byDistance, farthest } from './zones.ts'

interface Found {
  readonly name: string
  readonly level: Level
  must: boolean
  path: ReachPath | null
}

/** Gathers what leads to one port. A zone that comes in two ways is proved if one of them is. */
export class ReachBuilder {
  readonly namespace: string
  readonly #zones = new Map<string, Found>()
  readonly #accessible = new Map<string, { readonly name: string; readonly level: Level }>()
  readonly #reasons = new Map<string, Reason>()
  readonly #via = new Map<string, ReachVia>()

  constructor(namespace: string) {
    this.namespace = namespace
  }

  /** @param hops made only where they are kept; null: the path of another zone stands for it */
  zone(
    name: string,
    level: Level,
    must: boolean,
    hops: readonly Hop[] | (() => readonly Hop[]) | null,
  ): void {
    this.accessible(name, level)
    const known = this.#zones.get(name)
    if (known !== undefined && (known.must || !must)) return
    this.#zones.set(name, {
      name,
      level,
      must,
      path:
        hops === null
          ? null
          : { from: name, bound: must ? 'must' : 'may', hops: typeof hops === 'function' ? hops() : hops },
    })
  }

  accessible(name: string, level: Level): void {
    this.#accessible.set(name, { name, level })
  }

  reason(reason: Reason): void {
    this.#reasons.set(`${reason.code} ${reason.text}`, reason)
  }

  via(via: ReachVia): void {
    this.#via.set(`${via.from} ${via.through}`, via)
  }

  /** What both ends say of one packet between two peers. */
  packet(connectivity: Connectivity, from: number, to: number, packet: Packet) {
    const { table } = connectivity
    const bounds = connectivity.between(from, to)
    const open = (id: number) => hasConnection(table.setOf(id), packet.transport, packet.port)
    return {
      must: open(bounds.must),
      may: open(bounds.may),
      hop: (at: string): Hop => {
        const { because, source } = decisionOn(connectivity, 'ingress', to, from, packet)
        return { at, rule: because, source }
      },
    }
  }

  build(): Reach {
    const zones = [...this.#zones.values()].sort(byDistance)
    const must = zones.filter((zone) => zone.must)
    return {
      must: must.map(({ name }) => name),
      may: zones.map(({ name }) => name),
      via: [...this.#via.values()],
      accessible: [...this.#accessible.values()].sort(byDistance).map(({ name }) => name),
      level: {
        must: farthest(must.map(({ level }) => level)),
        may: farthest(zones.map(({ level }) => level)),
      },
      reasons: [...this.#reasons.values()],
      paths: zones.map(({ path }) => path).filter((path) => path !== null),
    }
  }
}
