import { useState } from 'react'
import { Button } from 'react-aria-components'

import { interval, localTime, shortTime, utcTime } from '../format/time.ts'
import { Hint } from './hint.tsx'

/** A time in a dense list; the full local form and UTC stand in the title. */
export function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={`${localTime(at)} · ${utcTime(at)}`}>
      {shortTime(at)}
    </time>
  )
}

/** A time that law may depend on: local with zone, UTC on focus and hover; pressing it swaps the two. */
export function TimeFact({ at }: { readonly at: string }) {
  const [isUtc, setUtc] = useState(false)
  const [shown, other] = isUtc ? [utcTime(at), localTime(at)] : [localTime(at), utcTime(at)]
  return (
    <Hint text={other}>
      <Button className="plain" onPress={() => setUtc(!isUtc)}>
        <time dateTime={at}>{shown}</time>
      </Button>
    </Hint>
  )
}

interface Opened {
  readonly notBefore: string | null
  readonly notAfter: string
}

/** The interval in which something happened; never a moment that nobody saw. */
export function Interval({ of }: { readonly of: Opened }) {
  const title =
    of.notBefore === null
      ? `at or before ${localTime(of.notAfter)} · ${utcTime(of.notAfter)}`
      : `between ${localTime(of.notBefore)} and ${localTime(of.notAfter)} · ${utcTime(of.notBefore)} and ${utcTime(of.notAfter)}`
  return <span title={title}>{interval(of)}</span>
}
