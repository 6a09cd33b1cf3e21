import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'

import type { PortPage } from '../../../../src/api/views.ts'
import { q } from '../../api/queries.ts'
import { Answer } from '../../ui/answer.tsx'
import { Page } from '../../ui/page.tsx'
import { Editor } from './editor.tsx'
import { formDraft, type Draft } from './draft.ts'
import { portOf } from './yaml.ts'

/** Writes one Port document: a new one, the one that a port suggests, or the one that stands in the book. */
export function DeclarePage() {
  const { port, record } = useSearch({ from: '/declare' })
  const subject = record === undefined ? (port === undefined ? 'new' : `port:${port}`) : `record:${record}`
  if (subject === 'new')
    return (
      <Page title="Declare a port">
        <Editor key="new" subject="new" start={EMPTY} />
      </Page>
    )
  return (
    <Page title={record === undefined ? 'Declare a port' : `Amend ${record}`}>
      <From key={subject} subject={subject} name={record ?? port ?? ''} />
    </Page>
  )
}

const EMPTY: Draft = formDraft({
  name: '',
  spec: { bindings: [{ transport: 'tcp', port: '', address: '' }] },
})

function From({ subject, name }: { readonly subject: string; readonly name: string }) {
  const page = useQuery(q('showPort', { port: name }))
  return (
    <Answer of={page}>
      {(answer) => <Editor subject={subject} start={startOf(answer)} isInBook={answer.record !== null} />}
    </Answer>
  )
}

function startOf({ record, suggestion }: PortPage): Draft {
  if (record !== null) return formDraft(record)
  const suggested = suggestion === null ? null : portOf(suggestion)
  if (suggested !== null) return formDraft(suggested)
  return suggestion === null ? EMPTY : { by: 'hand', text: suggestion }
}
