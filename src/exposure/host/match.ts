import {
  hasAddress,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESS,
  EVERY_ADDRESS,
  subtractAddresses,
} from '../../lib/address-set.ts'
import type { AddressSet } from '../../lib/address-set.ts'
import { covers, hasInteger, intersect } from '../../lib/interval-set.ts'
import type { IntervalSet } from '../../lib/interval-set.ts'
import type { PacketMatch } from '../../model/packet-filter.ts'
import { both, either, EVERYBODY, exactly, NOBODY, PERHAPS, sure } from './bounds.ts'
import type { Bounds } from './bounds.ts'
import type { Marks, Packet } from './packet.ts'

/** Whose packets hold all of the matches. `local`: the host's own addresses. */
export function allHold(
  matches: readonly PacketMatch[],
  packet: Packet,
  local: AddressSet,
  marks: Marks,
): Bounds {
  let bounds = EVERYBODY
  for (const match of matches) {
    bounds = both(bounds, holds(match, packet, local, marks))
    if (bounds === NOBODY || isNoAddress(bounds.may)) return NOBODY
  }
  return bounds
}

function holds(match: PacketMatch, packet: Packet, local: AddressSet, marks: Marks): Bounds {
  const reply = packet.phase === 'reply'
  switch (match.on) {
    case 'family':
      return sure(match.is === packet.destination.family)
    case 'source':
      return reply ? sure(hasAddress(match.in, packet.destination)) : sender(match.in, packet)
    case 'destination':
      return reply ? sender(match.in, packet) : sure(hasAddress(match.in, packet.destination))
    case 'transport':
      return sure(match.in.includes(packet.transport))
    case 'port':
      return reply ? ephemeral(match.in) : sure(hasInteger(match.in, packet.port))
    case 'source-port':
      return reply ? sure(hasInteger(match.in, packet.port)) : covers(match.in, CHOSEN) ? EVERYBODY : PERHAPS
    case 'in':
    case 'out':
      return sure(match.names.some((name) => isNamed(packet[match.on] ?? '', name)) !== match.not)
    case 'state':
      return inState(match.in, packet, marks)
    case 'original-direction':
      return tracked(sure(match.is !== reply), packet, marks)
    case 'translated':
      return tracked(sure(match.is === packet.translated), packet, marks)
    case 'original-destination':
      return tracked(sure(hasAddress(match.in, packet.original.destination)), packet, marks)
    case 'original-port':
      return tracked(sure(hasInteger(match.in, packet.original.port)), packet, marks)
    case 'first-segment':
      return packet.phase === 'first' ? sure(match.is) : PERHAPS
    case 'destination-local':
    case 'source-local': {
      const ofSender = (match.on === 'source-local') !== reply
      const own = ofSender ? sender(local, packet) : sure(hasAddress(local, packet.destination))
      return match.is ? own : not(own)
    }
    case 'mark':
      // Unmarked is zero, whatever the mask.
      return byMark((match.value === 0) !== match.not, marks)
    case 'any':
      return match.of.reduce<Bounds>((sum, part) => either(sum, allHold(part, packet, local, marks)), NOBODY)
    case 'unknown':
      break
  }
  return PERHAPS
}

function sender(set: AddressSet, { seenAs }: Packet): Bounds {
  if (seenAs === null) return exactly(set)
  if (isNoAddress(intersectAddresses(seenAs, set))) return NOBODY
  return isNoAddress(subtractAddresses(seenAs, set)) ? EVERYBODY : PERHAPS
}

function not(bounds: Bounds): Bounds {
  return {
    must: subtractAddresses(EVERY_ADDRESS, bounds.may),
    may: subtractAddresses(EVERY_ADDRESS, bounds.must),
  }
}

/** An answer goes to a port that the sender chose: from 32768 on (Linux), from 49152 on (RFC 6335). */
function ephemeral(ports: IntervalSet): Bounds {
  if (covers(ports, CHOSEN)) return EVERYBODY
  return intersect(ports, CHOSEN).length === 0 ? NOBODY : PERHAPS
}

const CHOSEN: IntervalSet = [32_768, 65_536]

function isNamed(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

function inState(states: readonly string[], packet: Packet, marks: Marks): Bounds {
  if (!packet.tracked) return PERHAPS
  const known = sure(states.includes(packet.phase === 'first' ? 'new' : 'established'))
  if (isNoAddress(marks.untracked)) return known
  return mixed(known, sure(states.includes('untracked')), marks.untracked)
}

function tracked(known: Bounds, packet: Packet, marks: Marks): Bounds {
  if (!packet.tracked) return PERHAPS
  return isNoAddress(marks.untracked) ? known : mixed(known, NOBODY, marks.untracked)
}

function byMark(unmarked: boolean, { marked }: Marks): Bounds {
  return isNoAddress(marked) ? sure(unmarked) : mixed(sure(unmarked), PERHAPS, marked)
}

/** `some` may be of the second kind, where it says otherwise than the first. */
function mixed(first: Bounds, second: Bounds, some: AddressSet): Bounds {
  const rest = subtractAddresses(EVERY_ADDRESS, some)
  const must = first === EVERYBODY ? (second === EVERYBODY ? EVERY_ADDRESS : rest) : NO_ADDRESS
  const may = first === NOBODY ? (second === NOBODY ? NO_ADDRESS : some) : EVERY_ADDRESS
  return { must, may }
}
