import { expect, test } from 'vitest'

import { portRow } from '../../test/support/book-rows.ts'
import type { Reach } from '../model/reach.ts'
import { portSentence } from './sentence.ts'

const reachOf = (must: readonly string[], may: readonly string[]): Reach => ({
  must,
  may,
  via: [],
  accessible: may,
  level: { must: [], may: [] },
  reasons: [],
  paths: [],
})
const said = (reach: Reach | null) => portSentence(portRow({ id: 'db-1/net:1/*:80/tcp' }), [], reach)

test('the sentence on a port keeps apart what is proved of its reach, what is possible, and what nobody computed', () => {
  expect(said(null)).toMatch(/ From where it can be reached is not computed\.$/)
  expect(said(reachOf([], []))).toMatch(/ Computed as reachable from nowhere\.$/)
  expect(said(reachOf(['host'], ['host']))).toMatch(/ Computed as reachable from host\.$/)
  expect(said(reachOf(['host'], ['host', 'public']))).toMatch(
    / Computed as reachable from host; public cannot be excluded\.$/,
  )
  expect(said(reachOf([], ['public']))).toMatch(
    / Computed as reachable from nowhere for sure; public cannot be excluded\.$/,
  )
})
