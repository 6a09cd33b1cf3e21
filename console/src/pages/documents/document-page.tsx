import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'

import { q } from '../../api/queries.ts'
import { inReadingOrder } from '../../format/reading-order.ts'
import { Answer } from '../../ui/answer.tsx'
import { Unless, useBar } from '../../ui/barred.tsx'
import { Empty } from '../../ui/empty.tsx'
import { EntryLink } from '../../ui/links.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { SpecTable } from '../../ui/spec-table.tsx'
import { TimeFact } from '../../ui/time.tsx'
import { YamlBlock } from '../../ui/yaml-block.tsx'
import { documentYaml } from '../declare/yaml.ts'
import { CloseRecord } from './close-record.tsx'

export function DocumentPage() {
  const why = useBar('declare')
  const { kind, name } = useParams({ from: '/documents/$kind/$name' })
  const documents = useQuery(q('listDocuments', {}))
  return (
    <Page title={`${kind} ${name}`}>
      <Answer of={documents}>
        {(answer) => {
          const document = answer.documents.find((one) => one.kind === kind && one.name === name)
          if (document === undefined)
            return (
              <Empty title={`The book holds no ${kind} of the name ${name}.`}>
                <p>
                  It may have been closed: the <Link to="/ledger">ledger</Link> keeps the tombstone.
                </p>
              </Empty>
            )
          return (
            <>
              <div className="actions">
                {document.kind === 'Port' && (
                  <Link to="/ports/$" params={{ _splat: name }} className="button">
                    Page of the port
                  </Link>
                )}
                <Unless why={why} label={document.kind === 'Port' ? 'Amend or close' : 'Close…'}>
                  {document.kind === 'Port' && (
                    <Link to="/declare" search={{ record: name }} className="button">
                      Amend
                    </Link>
                  )}
                  <CloseRecord kind={document.kind} name={name} />
                </Unless>
              </div>
              <dl className="facts">
                <dt>Declared</dt>
                <dd>
                  <TimeFact at={document.declaredAt} /> <EntryLink index={document.fromIndex} />
                </dd>
                <dt>Where it stands</dt>
                <dd className="code">{document.at ?? 'made in the console'}</dd>
                <dt>Digest</dt>
                <dd className="code">{document.digest}</dd>
              </dl>
              <Section id="spec" title="What it says">
                <SpecTable value={inReadingOrder(document.spec)} />
              </Section>
              <Section id="yaml" title="As YAML">
                <YamlBlock text={documentYaml(document)} fileName={`${name}.portreeve.yaml`} label="YAML" />
              </Section>
            </>
          )
        }}
      </Answer>
    </Page>
  )
}
