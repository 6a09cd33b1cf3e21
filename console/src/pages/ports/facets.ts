import type { Input } from '../../../../src/api/operations.ts'
import { filterOf, type Facet, type PortsSearch } from './search.ts'

/** Counts by one member under the other filters: choosing a value must not hide its alternatives. */
export function facetQuery(by: Facet, search: PortsSearch, limit: number): Input<'portFacets'> {
  const { sort: _sort, order: _order, [by]: _chosen, ...others } = filterOf(search)
  return { ...others, by, limit }
}

/** The word that the console shows for a value of the API. */
export function facetWord(by: Facet, value: string): string {
  return by === 'documented' && value === 'none' ? 'undeclared' : value
}
