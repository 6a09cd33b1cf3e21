import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'

import { q } from '../../api/queries.ts'
import { Page, Section } from '../../ui/page.tsx'
import { HoldList } from '../port/kept.tsx'
import { PackForm } from './pack-form.tsx'
import { SampleForm } from './sample-form.tsx'

/** Evidence for somebody who trusts nobody: a pack on one port, or a sample of a population. */
/** What keeps evidence from being erased; where nothing does, that is said too. */
function Standing() {
  const { data } = useQuery(q('listHolds', {}))
  if (data === undefined) return null
  return (
    <Section id="holds" title="Holds and freezes">
      {data.holds.length === 0 ? <p>None stands.</p> : <HoldList holds={data.holds} />}
    </Section>
  )
}

export function EvidencePage() {
  const { make, port } = useSearch({ from: '/evidence' })
  return (
    <Page title="Evidence">
      <p className="sentence">
        A pack answers one question, with every entry it rests on and the proof that each lies in the log. It
        is checked offline, without Portreeve.
      </p>
      <ul className="tabs" aria-label="Kinds of evidence">
        <li>
          <Link to="/evidence" search={{ port }} activeOptions={{ exact: true, includeSearch: true }}>
            one port
          </Link>
        </li>
        <li>
          <Link to="/evidence" search={{ port, make: 'sample' }}>
            a sample
          </Link>
        </li>
      </ul>
      <Standing />
      {make === 'sample' ? <SampleForm /> : <PackForm key={port ?? ''} port={port ?? ''} />}
    </Page>
  )
}
