import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { keeping } from '../../api/queries.ts'
import { Answer } from '../../ui/answer.tsx'
import { facetQuery, facetWord } from './facets.ts'
import type { Facet, PortsSearch } from './search.ts'
import { count } from '../../format/number.ts'

const MOST = 50

interface Props {
  readonly by: Facet
  readonly search: PortsSearch
}

/** How many ports each value has under the other filters; a value narrows the grid to it. */
export function Groups({ by, search }: Props) {
  return (
    <div className="groups-place">
      <Answer of={useQuery(keeping('portFacets', facetQuery(by, search, MOST)))}>
        {({ values }) => (
          <ul className="groups" aria-label={`Ports by ${by}`}>
            {values.map(({ value, count: ports }) => (
              <li key={value}>
                {value === null ? (
                  <span className="soft">no {by} on record</span>
                ) : (
                  <Link
                    to="/ports"
                    search={{ ...search, [by]: search[by] === value ? undefined : value }}
                    aria-current={search[by] === value ? 'true' : undefined}
                    activeProps={{}}
                  >
                    {facetWord(by, value)}
                  </Link>
                )}
                <span className="number">{count(ports)}</span>
              </li>
            ))}
          </ul>
        )}
      </Answer>
    </div>
  )
}
