import { Children, type ReactNode } from 'react'
import { Link } from 'react-aria-components'

import { Hint } from '../../ui/hint.tsx'
import type { FactSource } from './source.ts'

interface Props {
  readonly name: string
  readonly source?: FactSource | null
  readonly children?: ReactNode
}

/** One fact; what no source says is said to be unknown. */
export function Fact({ name, source = null, children }: Props) {
  const isSaid = Children.toArray(children).length > 0
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {isSaid ? children : <span className="soft">not on record</span>}
        {isSaid && source !== null && (
          <Hint text={source.text}>
            <Link className="source" href={`/ledger/${source.index}`}>
              №&nbsp;{source.index}
              <span className="unseen">, source of {name}</span>
            </Link>
          </Hint>
        )}
      </dd>
    </div>
  )
}
