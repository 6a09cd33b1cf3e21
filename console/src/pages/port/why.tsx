import { useQuery } from '@tanstack/react-query'

import { q } from '../../api/queries.ts'
import { useMoment } from '../../shell/as-of.tsx'
import { Answer } from '../../ui/answer.tsx'
import { EntryLink } from '../../ui/links.tsx'
import { Section } from '../../ui/page.tsx'

/** Which record, sightings and rules make the port what the book says it is. */
export function Why({ port }: { readonly port: string }) {
  return (
    <Section id="why" title="Why the book says so">
      <Answer of={useQuery(q('whyPort', { port, ...useMoment() }))}>
        {({ steps }) => (
          <dl className="facts">
            {steps.map(({ question, answer, entries }) => (
              <div key={question}>
                <dt>{question}</dt>
                <dd>
                  {answer}{' '}
                  {entries.map((index) => (
                    <EntryLink key={index} index={index} />
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Answer>
    </Section>
  )
}
