import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'

import type { PortPage as PortAnswer } from '../../../../src/api/views.ts'
import { q } from '../../api/queries.ts'
import { addressText, portText } from '../../format/port-text.ts'
import { useMoment } from '../../shell/as-of.tsx'
import { Answer } from '../../ui/answer.tsx'
import { Unless, useBar } from '../../ui/barred.tsx'
import { Page } from '../../ui/page.tsx'
import { CloseRecord } from '../documents/close-record.tsx'
import { Kept } from './kept.tsx'
import { PortFacts } from './port-facts.tsx'
import { PortFindings } from './port-findings.tsx'
import { PortInterval } from './port-interval.tsx'
import { PortReach } from './port-reach.tsx'
import { PortRecord } from './port-record.tsx'
import { PortTimeline } from './port-timeline.tsx'
import { Sightings } from './sightings.tsx'
import { Why } from './why.tsx'

export function PortPage() {
  const { _splat: name = '' } = useParams({ from: '/ports/$' })
  const moment = useMoment()
  const answer = useQuery(q('showPort', { port: name, ...moment }))
  return (
    <Page
      title={answer.data?.port.record ?? (answer.data ? addressText(answer.data.port) : portText(name))}
      actions={answer.data?.asOf === null && <Actions page={answer.data} />}
    >
      <Answer of={answer}>
        {(page) => (
          <>
            <p className="identity">
              <span className="code">{page.port.id}</span>
            </p>
            <p className="sentence">{page.sentence}</p>
            <PortFindings findings={page.port.findings} />
            <Kept holds={page.holds} />
            <PortFacts page={page} />
            <PortInterval port={page.port.id} />
            <PortRecord page={page} />
            <PortReach reach={page.port.reach} />
            <Sightings sightings={page.sightings} />
            <PortTimeline port={page.port.id} timeline={page.timeline} />
            <Why port={page.port.id} />
          </>
        )}
      </Answer>
    </Page>
  )
}

function Actions({ page }: { readonly page: PortAnswer }) {
  const why = useBar('declare')
  if (page.record === null)
    return (
      <>
        <Prove port={page.port.id} />
        <Unless why={why} label="Declare this port">
          <Link to="/declare" search={{ port: page.port.id }} className="button primary">
            Declare this port
          </Link>
        </Unless>
      </>
    )
  return (
    <>
      <Prove port={page.port.id} />
      <Unless why={why} label="Amend or close">
        <Link to="/declare" search={{ record: page.record.name }} className="button">
          Amend
        </Link>
        <CloseRecord kind="Port" name={page.record.name} />
      </Unless>
    </>
  )
}

function Prove({ port }: { readonly port: string }) {
  return (
    <Link to="/evidence" search={{ port }} className="button">
      Prove it
    </Link>
  )
}
