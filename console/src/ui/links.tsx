import { Link } from '@tanstack/react-router'

import { portText } from '../format/port-text.ts'

export function PortLink({ id, text }: { readonly id: string; readonly text?: string }) {
  return (
    <Link to="/ports/$" params={{ _splat: id }} className="code">
      {text ?? portText(id)}
    </Link>
  )
}

export function EntryLink({ index }: { readonly index: number }) {
  return (
    <Link to="/ledger/$index" params={{ index: String(index) }} className="entry">
      entry {index}
    </Link>
  )
}

/** The page that shows a document: a Port's page in the book, or the document's own. */
export function DocumentLink({ kind, name }: { readonly kind: string; readonly name: string }) {
  return (
    <Link to="/documents/$kind/$name" params={{ kind, name }}>
      {name}
    </Link>
  )
}
