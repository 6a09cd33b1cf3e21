import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'

import type { EntryPage as EntryAnswer } from '../../../../src/api/views.ts'
import { q } from '../../api/queries.ts'
import { Answer } from '../../ui/answer.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { Scroll } from '../../ui/scroll.tsx'
import { SpecTable } from '../../ui/spec-table.tsx'
import { TimeFact } from '../../ui/time.tsx'
import { EntryProof } from './entry-proof.tsx'

export function EntryPage() {
  const index = Number(useParams({ from: '/ledger/$index' }).index)
  return (
    <Page title={`Entry ${index}`} actions={<Neighbours index={index} />}>
      <Answer of={useQuery(q('showEntry', { index }))}>{(entry) => <Entry entry={entry} />}</Answer>
    </Page>
  )
}

function Neighbours({ index }: { readonly index: number }) {
  return (
    <>
      {index > 0 && (
        <Link to="/ledger/$index" params={{ index: String(index - 1) }} className="button">
          Entry before
        </Link>
      )}
      <Link to="/ledger/$index" params={{ index: String(index + 1) }} className="button">
        Entry after
      </Link>
    </>
  )
}

function Entry({ entry }: { readonly entry: EntryAnswer }) {
  return (
    <>
      <p className="sentence">{entry.summary}</p>
      <dl className="facts">
        <dt>Type</dt>
        <dd>{entry.type}</dd>
        <dt>At</dt>
        <dd>
          <TimeFact at={entry.at} /> <span className="soft">as claimed by who says so</span>
        </dd>
        <dt>By</dt>
        <dd>
          {entry.by === null ? 'nobody; the log alone vouches for it' : entry.by}
          {entry.signatures.map(({ name, keyId, role, note }) => (
            <div key={`${name} ${keyId}`}>
              signed by {name} <span className="code soft">{keyId}</span>, {note ?? `role ${role}`}
            </div>
          ))}
        </dd>
        <dt>Client id</dt>
        <dd className="code">{entry.id}</dd>
        <dt>Leaf hash</dt>
        <dd className="code">{entry.leafHash}</dd>
      </dl>
      <Section id="body" title="What it says">
        <SpecTable value={entry.body} />
        {entry.withheld.length > 0 && (
          <p className="soft">
            Committed, and withheld or erased here: <code>{entry.withheld.join(', ')}</code>
          </p>
        )}
      </Section>
      <EntryProof entry={entry} />
      <Section id="leaf" title="Exact bytes" aside="what the leaf hash covers">
        <Scroll label="Bytes of the leaf" className="block wrapped">
          <pre>
            <code>{entry.leaf}</code>
          </pre>
        </Scroll>
      </Section>
    </>
  )
}
