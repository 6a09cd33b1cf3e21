import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'

import type { DocumentView } from '../../../../src/api/views.ts'
import { DOCUMENT_KINDS } from '../../../../src/model/document.ts'
import { keeping } from '../../api/queries.ts'
import { useMoment } from '../../shell/as-of.tsx'
import { Answer } from '../../ui/answer.tsx'
import { Empty } from '../../ui/empty.tsx'
import { DocumentLink, EntryLink } from '../../ui/links.tsx'
import { Page } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { Scroll } from '../../ui/scroll.tsx'

export function DocumentsPage() {
  const { kind: wanted } = useSearch({ from: '/documents' })
  const moment = useMoment()
  const kind = DOCUMENT_KINDS.find((name) => name === wanted)
  return (
    <Page
      title="Documents"
      actions={
        <Link to="/declare" className="button primary">
          Declare a port
        </Link>
      }
    >
      <ul className="tabs" aria-label="Documents by kind">
        <li>
          <Link to="/documents" search={{}} activeOptions={{ exact: true, includeSearch: true }}>
            every kind
          </Link>
        </li>
        {DOCUMENT_KINDS.map((name) => (
          <li key={name}>
            <Link to="/documents" search={{ kind: name }}>
              {name}
            </Link>
          </li>
        ))}
      </ul>
      <Answer of={useQuery(keeping('listDocuments', { ...moment, ...(kind !== undefined && { kind }) }))}>
        {({ documents }) => (documents.length === 0 ? <None /> : <List documents={documents} />)}
      </Answer>
    </Page>
  )
}

function None() {
  return (
    <Empty title="No document is in the book.">
      <p>
        <Link to="/ports" search={{ documented: 'none' }}>
          Open an undeclared port
        </Link>{' '}
        and declare it, or run <code>portreeve init</code>, fill in what only a person knows, and run{' '}
        <code>portreeve declare .</code>
      </p>
    </Empty>
  )
}

function List({ documents }: { readonly documents: readonly DocumentView[] }) {
  return (
    <Scroll label="Documents">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">Name</th>
            <th scope="col">Declared</th>
            <th scope="col">Where it stands</th>
            <th scope="col">Entry</th>
          </tr>
        </thead>
        <tbody>
          {documents.map(({ kind, name, declaredAt, at, fromIndex }) => (
            <tr key={`${kind} ${name}`}>
              <td>{kind}</td>
              <th scope="row">
                <DocumentLink kind={kind} name={name} />
              </th>
              <td>
                <Time at={declaredAt} />
              </td>
              <td className="code">{at ?? 'made in the console'}</td>
              <td>
                <EntryLink index={fromIndex} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
