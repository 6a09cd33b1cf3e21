import type { ReactNode } from 'react'

import type { PortView } from '../../../../src/api/views.ts'
import { SEVERITIES } from '../../../../src/model/finding.ts'
import { DocumentedMark, ObservedMark, SeverityMark } from '../../ui/state.tsx'
import { IntervalText } from '../../ui/time.tsx'
import type { ColumnName, Sort } from './search.ts'

interface Column {
  readonly name: ColumnName
  /** Of the table in rem; a fixed layout does not jump when other rows arrive. */
  readonly width: number
  readonly sort?: Sort
  readonly cell: (port: PortView) => ReactNode
  /** What a cell that is too narrow shows on hover. */
  readonly title?: (port: PortView) => string | undefined
}

/** The columns behind the first, which holds the port itself; the address names those that are hidden. */
export const COLUMNS: readonly Column[] = [
  { name: 'Observed', width: 6.5, cell: (port) => <ObservedMark state={port.observed} /> },
  { name: 'Documented', width: 8, cell: (port) => <DocumentedMark state={port.documented} /> },
  { name: 'Findings', width: 7, sort: 'severity', cell: findings, title: findingTexts },
  { name: 'Service', width: 8, cell: service, title: (port) => port.flags.join(', ') || undefined },
  { name: 'Process', width: 9, cell: processes, title: (port) => port.process?.path ?? undefined },
  { name: 'Record', width: 9, cell: (port) => port.record, title: (port) => port.purpose ?? undefined },
  {
    name: 'Owner',
    width: 9,
    sort: 'owner',
    cell: (port) => port.owner,
    title: (port) => port.owner ?? undefined,
  },
  { name: 'System', width: 8, cell: (port) => port.system, title: (port) => port.system ?? undefined },
  { name: 'Place', width: 9, sort: 'id', cell: (port) => port.place, title: (port) => port.place },
  { name: 'Since', width: 15, sort: 'since', cell: since },
]

function service({ service, flags }: PortView): ReactNode {
  const isMaybeClient = flags.includes('may-be-client')
  if (service === null) return isMaybeClient ? <span className="soft">may be a client</span> : null
  return (
    <>
      {service.name}
      {service.by === 'guess' && <span className="soft"> (guess)</span>}
    </>
  )
}

function processes({ process, processes }: PortView): ReactNode {
  if (process === null) return null
  const others = processes.length - 1
  return (
    <>
      {process.name ?? 'unknown'}
      {process.pid !== null && <span className="soft"> {process.pid}</span>}
      {others > 0 && <span className="soft"> +{others}</span>}
    </>
  )
}

function findings({ findings }: PortView): ReactNode {
  const worst = SEVERITIES.findLast((severity) => findings.some((finding) => finding.severity === severity))
  if (worst === undefined) return null
  return (
    <>
      <SeverityMark severity={worst} />
      {findings.length > 1 && <span className="soft"> +{findings.length - 1}</span>}
    </>
  )
}

function findingTexts({ findings }: PortView): string | undefined {
  return findings.map(({ rule, text }) => `${rule}: ${text}`).join('\n') || undefined
}

function since({ observed, opened, closed }: PortView): ReactNode {
  const of = observed === 'closed' ? (closed ?? opened) : opened
  return of === null ? null : <IntervalText of={of} />
}
