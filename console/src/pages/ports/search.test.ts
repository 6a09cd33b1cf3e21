import { assert, constantFrom, integer, property, record, string } from 'fast-check'
import { describe, expect, test } from 'vitest'

import { DOCUMENTED, OBSERVED, TRANSPORTS } from '../../../../src/model/port.ts'
import { FACETS, filterOf, isFiltered, parseSearch, portsSearch, SORTS, stringifySearch } from './search.ts'

const text = string({ minLength: 1, maxLength: 40 })
const search = record(
  {
    q: text,
    owner: text,
    system: text,
    place: text,
    finding: text,
    record: text,
    port: integer({ min: 0, max: 65535 }),
    observed: constantFrom(...OBSERVED),
    documented: constantFrom(...DOCUMENTED),
    transport: constantFrom(...TRANSPORTS),
    sort: constantFrom(...SORTS),
    order: constantFrom('asc' as const, 'desc' as const),
    group: constantFrom(...FACETS),
  },
  { requiredKeys: [] },
)

describe('a link to the ports grid', () => {
  test('opens on exactly the filter, sort and grouping that it was copied from', () => {
    assert(
      property(search, (state) => {
        expect(portsSearch(parseSearch(stringifySearch(state)))).toEqual({ ...state })
      }),
    )
  })

  test('with a wrong member still opens on the others', () => {
    expect(portsSearch(parseSearch('?port=70000&observed=ajar&owner=team/billing&__proto__=x'))).toEqual({
      owner: 'team/billing',
    })
  })

  test('keeps a number that somebody searched for as text', () => {
    expect(portsSearch(parseSearch('?q=443'))).toEqual({ q: '443' })
  })
})

test('grouping and sorting narrow nothing', () => {
  expect(isFiltered({ group: 'owner', sort: 'since' })).toBe(false)
  expect(isFiltered({ q: 'db' })).toBe(true)
  expect(filterOf({ group: 'owner', q: 'db' })).toEqual({ q: 'db' })
})
