import { describe, expect, test } from 'vitest'

import type { Observed } from '../model/port.ts'
import type { SourceKind } from '../model/source.ts'
import type { SourceRow } from './book.ts'
import { mergeSightings } from './merge.ts'
import { sighting, sightingRow, source, T0, T1, T2 } from './place.fixture.ts'

const TOMORROW = '2026-11-24T10:00:00.000Z'
const word = (from: string, state: Observed, notAfter: string) =>
  sightingRow(sighting(80, { state }), { source: from, since: { notBefore: null, notAfter } })
const file = (at: string, kind: SourceKind = 'ss-text') =>
  source({ source: 'ss.txt', kind, state: 'once', lastPass: at, lastComplete: at })
const live = (values: Partial<SourceRow> = {}) =>
  source({ lastPass: TOMORROW, lastComplete: TOMORROW, ...values })
const observed = (...of: Parameters<typeof mergeSightings>) =>
  mergeSightings(...of).map((port) => port.observed)

describe('a file that was recorded once', () => {
  const opened = word('ss.txt', 'open', T0)

  test('keeps no port open that the live host saw close afterwards', () => {
    const closed = word('linux-host:db-1', 'closed', T2)
    expect(mergeSightings([opened, closed], [file(T0), live()], 'book')).toMatchObject([
      { observed: 'closed', since: { notAfter: T2 } },
    ])
  })

  test('nor one that the live host looked for afterwards and never saw', () => {
    expect(observed([opened], [file(T0), live()], 'book')).toEqual(['closed'])
    expect(observed([opened], [file(T0), live({ absent: [] })], 'book')).toEqual(['open'])
    expect(observed([opened], [file(T0), live({ lastComplete: null })], 'book')).toEqual(['open'])
  })

  test('outweighs what was closed before', () => {
    const closed = word('linux-host:db-1', 'closed', T0)
    const before = live({ lastPass: T0, lastComplete: T0 })
    expect(observed([word('ss.txt', 'open', T1), closed], [file(T1), before], 'book')).toEqual(['open'])
  })

  test('says what would be opened at the gate, whatever listens now', () => {
    expect(observed([opened], [file(T0, 'compose'), live()], 'gate')).toEqual(['open'])
  })

  test('that looked from outside is not answered by the sockets of the host: NAT has none', () => {
    expect(observed([opened], [file(T0, 'nmap-xml'), live()], 'book')).toEqual(['open'])
  })
})

const old = word('linux-host:a', 'open', T0)
const was = (state: SourceRow['state']) =>
  source({ source: 'linux-host:a', state, lastPass: T1, lastComplete: T1 })

describe('a collector under its old name', () => {
  const is = live({ source: 'linux-host:b' })

  test.each(['stopped', 'observing'] as const)(
    'and %s keeps no port open once it has a successor',
    (state) => {
      expect(observed([old], [was(state), is], 'book')).toEqual(['closed'])
      expect(observed([old, word('linux-host:b', 'closed', T2)], [was(state), is], 'book')).toEqual([
        'closed',
      ])
      expect(observed([old, word('linux-host:b', 'open', T2)], [was(state), is], 'book')).toEqual(['open'])
    },
  )

  test('that reports beside the other is believed', () => {
    const both = [was('observing'), live({ source: 'linux-host:b', lastPass: T2, lastComplete: T2 })]
    expect(observed([old], both, 'book')).toEqual(['open'])
    expect(observed([old, word('linux-host:b', 'closed', T2)], both, 'book')).toEqual(['open'])
  })
})
