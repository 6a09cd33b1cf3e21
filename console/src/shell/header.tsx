import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import type { Live } from '../api/live.ts'
import { q } from '../api/queries.ts'
import { AsOfControl } from './as-of.tsx'
import { Palette } from './palette.tsx'
import { SessionMenu } from './session-menu.tsx'

interface Props {
  readonly live: Live
  readonly isInside: boolean
}

const LIVE_WORDS = {
  connecting: 'connecting',
  live: 'live',
  reconnecting: 'reconnecting',
} satisfies Record<Live, string>

export function Header({ live, isInside }: Props) {
  return (
    <header className="top">
      <Link to="/" className="brand">
        Portreeve
      </Link>
      {isInside && (
        <>
          <Book />
          <output className={`live ${live}`}>{LIVE_WORDS[live]}</output>
          <AsOfControl />
          <Palette />
          <SessionMenu />
        </>
      )}
    </header>
  )
}

/** Which book this is, and what a declaration is worth in it. */
function Book() {
  const { data } = useQuery(q('overview', {}))
  if (data === undefined) return <span className="book" />
  return (
    <span className="book">
      <span className="code origin" title="Origin of the ledger: the name of this book">
        {data.ledger.origin}
      </span>
      <span
        className="mode"
        title={
          data.mode === 'documenting'
            ? 'Declarations are documented at once; nothing is approved until a Policy is adopted.'
            : 'Declarations become proposals and are reviewed.'
        }
      >
        {data.mode}
      </span>
    </span>
  )
}
