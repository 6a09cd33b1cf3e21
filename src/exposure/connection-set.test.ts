import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { intervalsOf } from '../lib/interval-set.ts'
import { TRANSPORTS } from '../model/port.ts'
import {
  connectionsOf,
  connectionText,
  coversConnections,
  EVERY_CONNECTION,
  hasConnection,
  intersectConnections,
  isNoConnection,
  NO_CONNECTION,
  sameConnections,
  subtractConnections,
  uniteConnections,
} from './connection-set.ts'

const some = fc
  .array(
    fc.tuple(fc.constantFrom(...TRANSPORTS), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 4 })),
  )
  .map((parts) =>
    parts
      .map(([transport, first, more]) => connectionsOf(transport, intervalsOf([[first, first + more]])))
      .reduce(uniteConnections, NO_CONNECTION),
  )

test('connections answer as sets of (transport, port) do', () => {
  fc.assert(
    fc.property(
      some,
      some,
      fc.constantFrom(...TRANSPORTS),
      fc.integer({ min: 1, max: 20 }),
      (a, b, t, port) => {
        const [inA, inB] = [hasConnection(a, t, port), hasConnection(b, t, port)]
        expect(hasConnection(uniteConnections(a, b), t, port)).toBe(inA || inB)
        expect(hasConnection(intersectConnections(a, b), t, port)).toBe(inA && inB)
        expect(hasConnection(subtractConnections(a, b), t, port)).toBe(inA && !inB)
        expect(coversConnections(a, b)).toBe(sameConnections(uniteConnections(a, b), a))
        expect(isNoConnection(subtractConnections(a, a))).toBe(true)
      },
    ),
  )
})

test('they are written in the notation of netpol-analyzer', () => {
  const web = uniteConnections(
    connectionsOf(
      'tcp',
      intervalsOf([
        [80, 80],
        [443, 443],
      ]),
    ),
    connectionsOf('udp', [53, 54]),
  )
  expect(connectionText(web)).toBe('TCP 80,443,UDP 53')
  expect(connectionText(subtractConnections(EVERY_CONNECTION, web))).toBe(
    'SCTP 1-65535,TCP 1-79,81-442,444-65535,UDP 1-52,54-65535',
  )
  expect(connectionText(EVERY_CONNECTION)).toBe('All Connections')
  expect(connectionText(NO_CONNECTION)).toBe('No Connections')
})
