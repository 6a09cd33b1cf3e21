import { useState, type KeyboardEvent } from 'react'

import { rowAfter } from './row-after.ts'

interface Rows {
  readonly count: number
  /** Scrolls a row into view, so that it is drawn and can take focus. */
  readonly show: (row: number) => void
  readonly more: (() => void) | null
}

/** One row is a Tab stop; the arrow keys, Home, End and the page keys move between rows. */
export function useRowKeys({ count, show, more }: Rows) {
  const [wanted, setCurrent] = useState(0)
  const current = Math.min(wanted, count - 1)
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const next = rowAfter(event.key, current, count)
    if (next === null) return
    event.preventDefault()
    if (next === count) return more?.()
    setCurrent(next)
    show(next)
    const body = event.currentTarget
    // The row may only be drawn after the scroll.
    requestAnimationFrame(() => body.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus())
  }
  return { current, setCurrent, onKeyDown }
}
