import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { Delayed } from './delayed.tsx'
import { ProblemNotice } from './problem-notice.tsx'

interface Props<T> {
  readonly of: UseQueryResult<T>
  readonly children: (answer: T) => ReactNode
}

/** What the server answered; what it answered before while it is asked again; else why there is nothing. */
export function Answer<T>({ of, children }: Props<T>) {
  if (of.data !== undefined)
    return (
      <>
        {of.error !== null && <ProblemNotice error={of.error} />}
        {children(of.data)}
      </>
    )
  if (of.error !== null) return <ProblemNotice error={of.error} onAgain={() => void of.refetch()} />
  return (
    <Delayed>
      <output className="soft">Reading the book…</output>
    </Delayed>
  )
}
