import { Link } from '@tanstack/react-router'

import type { PortPage } from '../../../../src/api/views.ts'
import { inReadingOrder } from '../../format/reading-order.ts'
import { DocumentLink, EntryLink } from '../../ui/links.tsx'
import { Section } from '../../ui/page.tsx'
import { SpecTable } from '../../ui/spec-table.tsx'
import { YamlBlock } from '../../ui/yaml-block.tsx'

/** The port's page in the book; where there is none, the one that could be declared. */
export function PortRecord({
  page: { record, system, suggestion, port, asOf },
}: {
  readonly page: PortPage
}) {
  if (record === null)
    return (
      <Section id="record" title="Record">
        <p>
          {asOf === null ? 'Nobody has declared this port. ' : 'Nobody had declared this port.'}
          {asOf === null && (
            <Link to="/declare" search={{ port: port.id }}>
              Declare it
            </Link>
          )}
          {suggestion !== null && ', or put this into a file, fill in what says TODO, and declare that:'}
        </p>
        {suggestion !== null && (
          <YamlBlock text={suggestion} fileName="portreeve.yaml" label="Suggested YAML" />
        )}
      </Section>
    )
  return (
    <Section
      id="record"
      title="Record"
      aside={
        <>
          <DocumentLink kind={record.kind} name={record.name} /> · <EntryLink index={record.fromIndex} />
          {record.at !== null && (
            <>
              {' '}
              · <span className="code">{record.at}</span>
            </>
          )}
        </>
      }
    >
      <SpecTable value={inReadingOrder(record.spec)} />
      {system !== null && (
        <p className="soft">
          It inherits from the system <DocumentLink kind="System" name={system.name} /> what it does not say
          itself.
        </p>
      )}
    </Section>
  )
}
