import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'

import type { PortsPage as PortsAnswer } from '../../../../src/api/views.ts'
import { portsQuery } from '../../api/queries.ts'
import { Delayed } from '../../ui/delayed.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Page } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { ReadAgain } from '../../ui/read-again.tsx'
import { FilterBar } from './filter-bar.tsx'
import { Groups } from './groups.tsx'
import { PortsTable } from './ports-table.tsx'
import { filterOf, isFiltered, type Change, type PortsSearch } from './search.ts'
import { count, counted } from '../../format/number.ts'

export function PortsPage() {
  const search = useSearch({ from: '/ports/' })
  const change = useChange()
  const answer = useInfiniteQuery(portsQuery(filterOf(search)))
  const ports = answer.data?.pages.flatMap((page) => page.ports) ?? []
  const first = answer.data?.pages[0]
  return (
    <Page title="Ports">
      <FilterBar search={search} change={change} />
      {search.group !== undefined && <Groups by={search.group} search={search} />}
      {answer.error !== null && <ProblemNotice error={answer.error} onAgain={() => void answer.refetch()} />}
      <div className="count-line">
        <output>{first && countText(first, ports.length)}</output>
        <ReadAgain of={answer} />
      </div>
      {first === undefined && answer.error === null && (
        <Delayed>
          <output className="soft">Reading the book…</output>
        </Delayed>
      )}
      {first !== undefined && ports.length === 0 && <None isFiltered={isFiltered(search)} />}
      {first !== undefined && ports.length > 0 && (
        <PortsTable
          ports={ports}
          total={first.total}
          search={search}
          change={change}
          isOld={answer.isPlaceholderData}
          more={answer.hasNextPage ? () => void answer.fetchNextPage() : null}
          isReadingMore={answer.isFetchingNextPage}
        />
      )}
    </Page>
  )
}

/** Changes what the address says; typing in a filter should not fill the browser's history. */
function useChange(): Change {
  const navigate = useNavigate({ from: '/ports' })
  return useCallback(
    (change) => {
      void navigate({
        search: (old) => ({ ...old, ...change }) as PortsSearch,
        replace: true,
        resetScroll: false,
      })
    },
    [navigate],
  )
}

function countText({ total }: PortsAnswer, shown: number): string {
  const ports = `${total.exact ? '' : 'about '}${counted(total.count, 'port')}`
  return shown < total.count ? `${ports}, the first ${count(shown)} shown` : ports
}

function None({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered)
    return (
      <Empty title="No port matches.">
        <p>Take a filter away, or search for less of the name.</p>
      </Empty>
    )
  return (
    <Empty title="The book holds no port yet.">
      <p>
        <code>portreeve up</code> observes the machine that it runs on; <code>portreeve scan --record</code>{' '}
        writes what a file or another machine shows.
      </p>
    </Empty>
  )
}
