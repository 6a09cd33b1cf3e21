import type { TimelineEvent } from '../../../../src/api/views.ts'
import { EntryLink } from '../../ui/links.tsx'
import { Section } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'

export function PortTimeline({ timeline }: { readonly timeline: readonly TimelineEvent[] }) {
  return (
    <Section id="timeline" title="Timeline">
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
