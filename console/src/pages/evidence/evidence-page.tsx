import { Link, useSearch } from '@tanstack/react-router'

import { Page } from '../../ui/page.tsx'
import { PackForm } from './pack-form.tsx'
import { SampleForm } from './sample-form.tsx'

/** Evidence for somebody who trusts nobody: a pack on one port, or a sample of a population. */
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
      {make === 'sample' ? <SampleForm /> : <PackForm key={port ?? ''} port={port ?? ''} />}
    </Page>
  )
}
