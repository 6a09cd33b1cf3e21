import { assert, constantFrom, integer, property, record, string, subarray } from 'fast-check'
import { describe, expect, test } from 'vitest'

import { DOCUMENTED, OBSERVED, TRANSPORTS } from '../../../../src/model/port.ts'
import {
  COLUMN_NAMES,
  FACETS,
  filterOf,
  hiddenColumns,
  hiddenText,
  isFiltered,
  parseSearch,
  portsSearch,
  SORTS,
  stringifySearch,
} from './search.ts'

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
    hide: subarray([...COLUMN_NAMES], { minLength: 1 }).map((names) => names.join(',')),
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

test('hidden columns are those that there are, in one order, and none is no member', () => {
  expect(portsSearch({ hide: 'Since,Colour,Owner' })).toEqual({ hide: 'Owner,Since' })
  expect(portsSearch({ hide: 'Colour' })).toEqual({})
  expect(hiddenColumns({})).toEqual(new Set())
  expect(hiddenText(hiddenColumns({ hide: 'Owner,Since' }))).toBe('Owner,Since')
})

test('grouping, sorting and hiding a column narrow nothing', () => {
  expect(isFiltered({ group: 'owner', sort: 'since', hide: 'Owner' })).toBe(false)
  expect(isFiltered({ q: 'db' })).toBe(true)
  expect(filterOf({ group: 'owner', hide: 'Owner', q: 'db' })).toEqual({ q: 'db' })
})
