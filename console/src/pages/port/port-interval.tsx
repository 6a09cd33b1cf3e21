import { useQuery } from '@tanstack/react-query'

import type { IntervalView } from '../../../../src/api/views.ts'
import { q } from '../../api/queries.ts'
import { width } from '../../format/duration.ts'
import { Answer } from '../../ui/answer.tsx'
import { EntryLink } from '../../ui/links.tsx'
import { Section } from '../../ui/page.tsx'
import { TimeFact } from '../../ui/time.tsx'

/** When it went live, as three things that rest on different words: claimed, logged, proven. */
export function PortInterval({ port }: { readonly port: string }) {
  return (
    <Section
      id="interval"
      title="When it went live"
      aside="claimed, logged and proven rest on different words"
    >
      <Answer of={useQuery(q('portInterval', { port }))}>
        {({ opening }) =>
          opening === null ? (
            <p className="soft">The book holds no opening of this port.</p>
          ) : (
            <Opening opening={opening} />
          )
        }
      </Answer>
    </Section>
  )
}

type OpeningView = NonNullable<IntervalView['opening']>

function Opening({ opening }: { readonly opening: OpeningView }) {
  const { source, claimed, logged, authorised, proven, checkpoints } = opening
  return (
    <dl className="facts">
      <dt>Claimed</dt>
      <dd>
        <p>
          {claimed.notBefore === null ? (
            <>
              First seen open at <TimeFact at={claimed.notAfter} />; no earlier complete pass is on record, so
              it may have been open long before.
            </>
          ) : (
            <>
              Between <TimeFact at={claimed.notBefore} />, the last complete pass that saw it closed, and{' '}
              <TimeFact at={claimed.notAfter} />, when it was first seen open.
            </>
          )}
        </p>
        <p className="soft">
          By the word of the collector <span className="code">{source}</span> and its clock:{' '}
          {claimed.clock ?? 'state not on record'}. Width: {widthText(opening.width.claimed)}.
        </p>
      </dd>
      <dt>Logged</dt>
      <dd>
        In <EntryLink index={logged.index} />, which says of itself <TimeFact at={logged.at} />.{' '}
        <span className="soft">{checkpointsText(checkpoints)}</span>
      </dd>
      <dt>Authorised</dt>
      <dd>
        <Authorised by={authorised} />
      </dd>
      <dt>Proven</dt>
      <dd>
        <Proven proven={proven} width={opening.width.proven} />
      </dd>
    </dl>
  )
}

/** A declaration says that somebody wants the port; it is no decision. */
function Authorised({ by }: { readonly by: OpeningView['authorised'] }) {
  if (by === null) return 'No decision and no declaration on record.'
  return (
    <>
      {by.type === 'declaration' ? 'No decision on record; declared' : `By a ${by.type}`} in{' '}
      <EntryLink index={by.index} />, <TimeFact at={by.at} />.
    </>
  )
}

function Proven({
  proven: { notBefore, notAfter },
  width: ms,
}: {
  readonly proven: OpeningView['proven']
  readonly width: number | null
}) {
  if (notBefore === null && notAfter === null)
    return (
      <p className="unknown-word">
        Nothing independent: nobody outside this book vouches for when the entry came onto the log.
      </p>
    )
  return (
    <>
      <p>The entry came onto the log</p>
      <p>
        not before: <End end={notBefore} />
      </p>
      <p>
        not after: <End end={notAfter} />
      </p>
      <p className="soft">
        Width: {widthText(ms)}. It says when the sighting was logged, not when the port opened.
      </p>
    </>
  )
}

function End({ end }: { readonly end: OpeningView['proven']['notBefore'] }) {
  if (end === null) return <span className="unknown-word">nobody vouches for it</span>
  return (
    <>
      <TimeFact at={end.at} />, by {end.by}, over the checkpoint of {end.size} entries
    </>
  )
}

function checkpointsText({ before, after }: OpeningView['checkpoints']): string {
  const first =
    before === null ? 'no checkpoint was signed before it' : `not yet under the checkpoint of ${before}`
  const last = after === null ? 'no signed checkpoint covers it yet' : `under the checkpoint of ${after}`
  return `Of the checkpoints that the log signed: ${first}; ${last}.`
}

function widthText(ms: number | null): string {
  return ms === null ? 'not known, an end is missing' : width(ms)
}
