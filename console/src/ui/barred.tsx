import { useQuery } from '@tanstack/react-query'
import { useId, type ReactNode } from 'react'
import { Button } from 'react-aria-components'

import type { Capability } from '../../../src/api/operation.ts'
import { q } from '../api/queries.ts'

/** What a session needs for it, in words that stand behind "to". */
const WORDS = {
  read: 'read the book',
  declare: 'declare and close documents',
  observe: 'bring in what was observed',
  administer: 'administer the book',
  none: 'be let in',
} as const satisfies Record<Capability, string>

/** Why this session may not do it, and who could; null where it may, or nobody knows yet. */
export function useBar(capability: Capability): string | null {
  const { data } = useQuery(q('showSession', {}))
  if (data === undefined || data.capabilities.includes(capability)) return null
  return `Your role (${data.roles.join(', ')}) does not let you ${WORDS[capability]}. An administrator does it, or gives you a role that may.`
}

interface Props {
  readonly why: string | null
  readonly label: string
  readonly children: ReactNode
}

/** The action, or a button that stands still with the reason beside it: what is disabled says why. */
export function Unless({ why, label, children }: Props) {
  const id = useId()
  if (why === null) return children
  return (
    <span className="barred">
      <Button className="button" isDisabled aria-describedby={id}>
        {label}
      </Button>{' '}
      <span id={id} className="soft">
        {why}
      </span>
    </span>
  )
}
