import { useInfiniteQuery, infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { Button } from 'react-aria-components'

import type { EntryView } from '../../../../src/api/views.ts'
import { ENTRY_TYPES } from '../../../../src/model/entry.ts'
import { call } from '../../api/client.ts'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Page } from '../../ui/page.tsx'
import { ReadAgain } from '../../ui/read-again.tsx'
import { Time } from '../../ui/time.tsx'
import { Scroll } from '../../ui/scroll.tsx'
import { counted } from '../../format/number.ts'

/** Types that this version writes; others come with the pages that make them. */
const SHOWN = ['genesis', 'declaration', 'sighting', 'coverage', 'tombstone', 'key'] as const

export function LedgerPage() {
  const { type } = useSearch({ from: '/ledger' })
  const entries = useInfiniteQuery(entriesQuery(type))
  const shown = entries.data?.pages.flatMap((page) => page.entries) ?? []
  const size = entries.data?.pages[0]?.size
  return (
    <Page title="Ledger">
      {size !== undefined && (
        <p className="sentence">
          {counted(size, 'entry', 'entries')}, newest first. What stands here is appended to, never changed.
        </p>
      )}
      <ul className="tabs" aria-label="Entries by type">
        <li>
          <Link to="/ledger" search={{}} activeOptions={{ exact: true, includeSearch: true }}>
            every type
          </Link>
        </li>
        {SHOWN.map((name) => (
          <li key={name}>
            <Link to="/ledger" search={{ type: name }}>
              {name}
            </Link>
          </li>
        ))}
      </ul>
      <ReadAgain of={entries} />
      {entries.error !== null && <ProblemNotice error={entries.error} />}
      {entries.data !== undefined && shown.length === 0 && <Empty title="No entry of this type." />}
      {shown.length > 0 && <Entries entries={shown} />}
      {entries.hasNextPage && (
        <Button
          className="button"
          isPending={entries.isFetchingNextPage}
          onPress={() => void entries.fetchNextPage()}
        >
          Older entries
        </Button>
      )}
    </Page>
  )
}

function entriesQuery(type: string | undefined) {
  const types = ENTRY_TYPES.filter((name) => name === type)
  return infiniteQueryOptions({
    queryKey: ['listEntries', types] as const,
    queryFn: ({ signal, pageParam }) =>
      call(
        'listEntries',
        {
          limit: 100,
          ...(types.length > 0 && { types: types.join(',') }),
          ...(pageParam !== null && { from: pageParam }),
        },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  })
}

function Entries({ entries }: { readonly entries: readonly EntryView[] }) {
  return (
    <Scroll label="Entries">
      <table className="table">
        <thead>
          <tr>
            <th scope="col" className="number">
              Entry
            </th>
            <th scope="col">At</th>
            <th scope="col">Type</th>
            <th scope="col">What it says</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ index, at, type, summary }) => (
            <tr key={index}>
              <td className="number">
                <Link to="/ledger/$index" params={{ index: String(index) }}>
                  {index}
                </Link>
              </td>
              <td>
                <Time at={at} />
              </td>
              <td>{type}</td>
              <td className="wrap">{summary}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
