import type { HoldView } from '../../../../src/api/privacy.ts'
import { EntryLink } from '../../ui/links.tsx'
import { Section } from '../../ui/page.tsx'
import { TimeFact } from '../../ui/time.tsx'

/** Holds and freezes that stand; nothing where none does. */
export function Kept({ holds }: { readonly holds: readonly HoldView[] }) {
  if (holds.length === 0) return null
  return (
    <Section id="kept" title="Kept from erasure">
      <HoldList holds={holds} />
    </Section>
  )
}

export function HoldList({ holds }: { readonly holds: readonly HoldView[] }) {
  return (
    <ul>
      {holds.map((hold) => (
        <li key={hold.index}>
          <strong>
            {hold.kind === 'freeze' ? 'Freeze' : 'Hold'} {hold.hold}
          </strong>{' '}
          of {hold.by}, since <TimeFact at={hold.at} /> (<EntryLink index={hold.index} />
          ): {hold.reason === '' ? 'reason withheld' : hold.reason}. {releasesText(hold)}
        </li>
      ))}
    </ul>
  )
}

function releasesText({ releases }: HoldView): string {
  const [first] = releases
  if (first === undefined) return 'Two people can release it.'
  return `${first.by} said ${first.signed ? 'by a signature' : 'by a bare word'} that it may end; one more person can release it.`
}
