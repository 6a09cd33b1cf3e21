import { useState } from 'react'
import { Button } from 'react-aria-components'

import { interval, localTime, shortTime, utcTime } from '../format/time.ts'
import { Hint } from './hint.tsx'

/** A time in a dense list; the full local form and UTC on focus and hover, and pressing it swaps to UTC. */
export function Time({ at }: { readonly at: string }) {
  const [isUtc, setUtc] = useState(false)
  return (
    <Hint text={`${localTime(at)} · ${utcTime(at)}`}>
      <Button className="plain" onPress={() => setUtc(!isUtc)}>
        <time dateTime={at}>{isUtc ? utcTime(at) : shortTime(at)}</time>
      </Button>
    </Hint>
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

/** The interval in which something happened; never a moment that nobody saw. UTC on focus and hover. */
export function Interval({ of }: { readonly of: Opened }) {
  return (
    <Hint text={intervalTitle(of)}>
      <Button className="plain">{interval(of)}</Button>
    </Hint>
  )
}

/** In a row whose one stop is its link: the title says the rest, and the row's page has it on focus. */
export function IntervalText({ of }: { readonly of: Opened }) {
  return <span title={intervalTitle(of)}>{interval(of)}</span>
}

function intervalTitle(of: Opened): string {
  return of.notBefore === null
    ? `at or before ${localTime(of.notAfter)} · ${utcTime(of.notAfter)}`
    : `between ${localTime(of.notBefore)} and ${localTime(of.notAfter)} · ${utcTime(of.notBefore)} and ${utcTime(of.notAfter)}`
}
