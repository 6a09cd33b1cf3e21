import { useInfiniteQuery, infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button } from 'react-aria-components'

import type { EntryView } from '../../../../src/api/views.ts'
import { ENTRY_TYPES } from '../../../../src/model/entry.ts'
import { call } from '../../api/client.ts'
import { counted } from '../../format/number.ts'
import { Empty } from '../../ui/empty.tsx'
import { PortLink } from '../../ui/links.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { ReadAgain } from '../../ui/read-again.tsx'
import { Scroll } from '../../ui/scroll.tsx'
import { Time } from '../../ui/time.tsx'
import { EntryFilter } from './entry-filter.tsx'
import { LedgerHead } from './ledger-head.tsx'
import type { LedgerSearch } from './ledger-search.ts'

export function LedgerPage() {
  const search = useSearch({ from: '/ledger' })
  const navigate = useNavigate()
  const entries = useInfiniteQuery(entriesQuery(search))
  const shown = entries.data?.pages.flatMap((page) => page.entries) ?? []
  const size = entries.data?.pages[0]?.size
  return (
    <Page
      title="Ledger"
      actions={
        <Link to="/evidence" search={{}} className="button">
          Make evidence
        </Link>
      }
    >
      {size !== undefined && (
        <p className="sentence">
          {counted(size, 'entry', 'entries')}. What stands here is appended to, never changed.
        </p>
      )}
      <LedgerHead />
      <Section id="entries" title="Entries" aside="newest first">
        <EntryFilter search={search} change={(to) => void navigate({ to: '/ledger', search: to })} />
        <Subject search={search} />
        <ReadAgain of={entries} />
        {entries.error !== null && <ProblemNotice error={entries.error} />}
        {entries.data !== undefined && entries.error === null && shown.length === 0 && (
          <Empty title="No such entry." />
        )}
        {shown.length > 0 && <Entries entries={shown} isBusy={entries.isPlaceholderData} />}
        {entries.hasNextPage && (
          <Button
            className="button"
            isPending={entries.isFetchingNextPage}
            onPress={() => void entries.fetchNextPage()}
          >
            Older entries
          </Button>
        )}
      </Section>
    </Page>
  )
}

/** What the list is about, and what it leaves out. */
function Subject({ search: { port, place } }: { readonly search: LedgerSearch }) {
  if (port !== undefined)
    return (
      <p>
        About <PortLink id={port} />: what was seen of it, and the documents that were its record. Coverage of
        its place is listed under the place.
      </p>
    )
  if (place !== undefined)
    return (
      <p>
        About <span className="code">{place}</span>: what was seen there, its coverage, and the Port documents
        that name it.
      </p>
    )
  return null
}

function entriesQuery({ type, place, port }: LedgerSearch) {
  const types = ENTRY_TYPES.filter((name) => name === type)
  const about = port !== undefined ? { port } : place !== undefined ? { place } : {}
  return infiniteQueryOptions({
    queryKey: ['listEntries', types, about] as const,
    queryFn: ({ signal, pageParam }) =>
      call(
        'listEntries',
        {
          limit: 100,
          ...about,
          ...(types.length > 0 && { types: types.join(',') }),
          ...(pageParam !== null && { before: pageParam }),
        },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  })
}

function Entries({ entries, isBusy }: { readonly entries: readonly EntryView[]; readonly isBusy: boolean }) {
  return (
    <Scroll label="List of entries" isBusy={isBusy}>
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
