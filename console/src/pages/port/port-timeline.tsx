import { Link } from '@tanstack/react-router'

import type { TimelineEvent } from '../../../../src/api/views.ts'
import { EntryLink } from '../../ui/links.tsx'
import { Section } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'

interface Props {
  readonly port: string
  readonly timeline: readonly TimelineEvent[]
}

export function PortTimeline({ port, timeline }: Props) {
  return (
    <Section
      id="timeline"
      title="Timeline"
      aside={
        <Link to="/ledger" search={{ port }}>
          Its entries
        </Link>
      }
    >
      {timeline.length === 0 ? (
        <p className="soft">Nothing is recorded of this port yet.</p>
      ) : (
        <ol className="timeline">
          {timeline.map((event) => (
            <li key={`${event.index} ${event.kind} ${event.text}`}>
              <Time at={event.at} />
              <span className="kind">{event.kind}</span>
              <span>
                {event.text}
                {event.source !== null && <span className="soft"> {event.source}</span>}
              </span>
              <EntryLink index={event.index} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  )
}
