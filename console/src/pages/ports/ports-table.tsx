import { useVirtualizer } from '@tanstack/react-virtual'
import { useRouter } from '@tanstack/react-router'
import { memo, useMemo, useRef, type MouseEvent } from 'react'
import { Button } from 'react-aria-components'

import type { PortsPage, PortView } from '../../../../src/api/views.ts'
import { addressMeaning, addressText, portPath } from '../../format/port-text.ts'
import { COLUMNS } from './columns.tsx'
import { type Change, hiddenColumns, type PortsSearch, type Sort } from './search.ts'
import { useRowKeys } from './use-row-keys.ts'
import { Scroll } from '../../ui/scroll.tsx'

const ROW = 32
const VIRTUAL_FROM = 200
const PORT_WIDTH = 14

interface Props {
  readonly ports: readonly PortView[]
  readonly total: PortsPage['total']
  readonly search: PortsSearch
  readonly change: Change
  /** The rows answer the filter before; the ones for this filter are on their way. */
  readonly isOld: boolean
  readonly more: (() => void) | null
  readonly isReadingMore: boolean
}

export function PortsTable({ ports, total, search, change, isOld, more, isReadingMore }: Props) {
  const scroller = useRef<HTMLElement>(null)
  const { hide } = search
  const columns = useMemo(() => {
    const hidden = hiddenColumns(hide === undefined ? {} : { hide })
    return COLUMNS.filter(({ name }) => !hidden.has(name))
  }, [hide])
  // oxlint-disable-next-line react/incompatible-library -- this component is not memoised by a compiler
  const virtualizer = useVirtualizer({
    count: ports.length,
    enabled: ports.length > VIRTUAL_FROM,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 20,
  })
  const rows = visibleRows(ports, virtualizer)
  const body = useRef<HTMLTableSectionElement>(null)
  const keys = useRowKeys({ count: ports.length, body, show: (row) => virtualizer.scrollToIndex(row), more })
  const follow = useFollow()
  const isDrawn = rows.shown.some(([index]) => index === keys.current)
  const stop = isDrawn ? keys.current : rows.shown[0]?.[0]
  return (
    <>
      <Scroll className="grid" ref={scroller} label="Ports" isBusy={isOld}>
        <table
          className="table fixed"
          aria-rowcount={total.exact ? total.count + 1 : -1}
          aria-describedby="grid-keys"
        >
          <colgroup>
            <col width={PORT_WIDTH * 16} />
            {columns.map(({ name, width }) => (
              <col key={name} width={width * 16} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              <HeaderCell name="Port" sort="port" search={search} change={change} />
              {columns.map(({ name, sort }) => (
                <HeaderCell key={name} name={name} sort={sort} search={search} change={change} />
              ))}
            </tr>
          </thead>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys of its links, heard once */}
          <tbody onKeyDown={keys.onKeyDown} onClick={follow} ref={body}>
            <Spacer height={rows.before} columns={columns.length} />
            {rows.shown.map(([index, port]) => (
              // oxlint-disable-next-line react/no-array-index-key -- rows are filled anew, not moved: a filter changes them all

              <Row
                key={index}
                port={port}
                columns={columns}
                index={index}
                at={search.at}
                isStop={index === stop}
                onFocus={keys.setCurrent}
              />
            ))}
            <Spacer height={rows.after} columns={columns.length} />
          </tbody>
        </table>
      </Scroll>
      <div className="grid-foot">
        {more !== null && (
          <Button className="button" onPress={more} isPending={isReadingMore}>
            Show more
          </Button>
        )}
        <p id="grid-keys" className="soft">
          Arrow keys, Home and End move between ports; Enter opens one.
        </p>
      </div>
    </>
  )
}

/** A plain click on a row's link stays within the page; with a modifier it is the browser's. */
function useFollow() {
  const router = useRouter()
  return (event: MouseEvent<HTMLElement>) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || event.defaultPrevented || event.button !== 0) return
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    router.history.push(link.pathname + link.search)
  }
}

type Virtualizer = ReturnType<typeof useVirtualizer<HTMLElement, Element>>

function visibleRows(ports: readonly PortView[], virtualizer: Virtualizer) {
  if (ports.length <= VIRTUAL_FROM) return { before: 0, after: 0, shown: [...ports.entries()] }
  const items = virtualizer.getVirtualItems()
  const shown = items.flatMap(({ index }) => {
    const port = ports[index]
    return port === undefined ? [] : [[index, port] as [number, PortView]]
  })
  return {
    before: items[0]?.start ?? 0,
    after: virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0),
    shown,
  }
}

/** Stands for the rows that are not drawn. */
function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height === 0) return null
  return (
    <tr aria-hidden="true" className="spacer" style={{ height }}>
      <td colSpan={columns + 1}>&nbsp;</td>
    </tr>
  )
}

const OTHER_ORDER = { asc: 'desc', desc: 'asc' } as const
/** The worst and the newest first; names and numbers from the start. */
const FIRST_ORDER = {
  id: 'asc',
  port: 'asc',
  owner: 'asc',
  since: 'desc',
  severity: 'desc',
} as const satisfies Record<Sort, string>

interface HeaderProps {
  readonly name: string
  readonly sort: Sort | undefined
  readonly search: PortsSearch
  readonly change: Change
}

function HeaderCell({ name, sort, search, change }: HeaderProps) {
  if (sort === undefined) return <th scope="col">{name}</th>
  const isSorted = (search.sort ?? 'id') === sort
  const order = search.order ?? 'asc'
  const next = isSorted ? OTHER_ORDER[order] : FIRST_ORDER[sort]
  return (
    <th scope="col" aria-sort={isSorted ? (order === 'asc' ? 'ascending' : 'descending') : 'none'}>
      <Button className="sort" onPress={() => change({ sort, order: next })}>
        {name} <span aria-hidden="true">{isSorted ? (order === 'asc' ? '↑' : '↓') : '↕'}</span>
      </Button>
    </th>
  )
}

interface RowProps {
  readonly port: PortView
  readonly columns: typeof COLUMNS
  readonly index: number
  readonly at: string | undefined
  /** The one row that Tab stops at; arrow keys reach the others. */
  readonly isStop: boolean
  readonly onFocus: (index: number) => void
}

/** Plain links, heard once by the table: a hundred links that each follow the router cost a filter its 200 ms. */
const Row = memo(function Row({ port, columns, index, at, isStop, onFocus }: RowProps) {
  return (
    <tr aria-rowindex={index + 2}>
      <th scope="row" title={`${port.id}\n${addressMeaning(port.address, port.family)}`}>
        <a
          href={portPath(port.id, at)}
          className="code"
          data-row={index}
          tabIndex={isStop ? 0 : -1}
          onFocus={() => onFocus(index)}
        >
          {addressText(port)}
        </a>
      </th>
      {columns.map(({ name, cell, title }) => (
        <td key={name} title={title?.(port)}>
          {cell(port)}
        </td>
      ))}
    </tr>
  )
})
