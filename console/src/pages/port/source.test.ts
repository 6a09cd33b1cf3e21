import { expect, test } from 'vitest'

import type { SightingView } from '../../../../src/api/views.ts'
import { saidBy, seenBy } from './source.ts'

const sighting: SightingView = {
  source: 'linux-host:db-1',
  kind: 'linux-host',
  vantage: 'on-host',
  state: 'open',
  since: { notBefore: null, notAfter: '2026-03-03T13:02:15.000Z' },
  lastPass: '2026-03-03T14:00:00.000Z',
  index: 7,
  at: null,
  detail: null,
  text: 'open',
}

test('observed facts stand on the sighting that passed last', () => {
  const older = { ...sighting, source: 'scan.xml', lastPass: null, index: 3 }
  expect(seenBy([older, sighting])?.index).toBe(7)
  expect(seenBy([sighting, older])?.index).toBe(7)
  expect(seenBy([sighting])?.text).toMatch(
    /^Read by linux-host:db-1 from on-host; open before .*2026-03-03 14:00:00\.000 UTC\)$/,
  )
})

test('a fact that nobody read or declared has no source', () => {
  expect(seenBy([])).toBeNull()
  expect(saidBy(null)).toBeNull()
})
