import { useEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react'

import { rowAfter } from './row-after.ts'

interface Rows {
  readonly count: number
  readonly body: RefObject<HTMLElement | null>
  /** Scrolls a row into view, so that it is drawn and can take focus. */
  readonly show: (row: number) => void
  readonly more: (() => void) | null
}

/** One row is a Tab stop; the arrow keys, Home, End and the page keys move between rows. */
export function useRowKeys({ count, body, show, more }: Rows) {
  const [wanted, setCurrent] = useState(0)
  const current = Math.min(wanted, count - 1)
  const focusNext = useRef<number | null>(null)
  // After every render: a row that was far away is only drawn some renders after the scroll.
  useEffect(() => {
    if (focusNext.current === null) return
    const link = body.current?.querySelector<HTMLElement>(`[data-row="${focusNext.current}"]`)
    if (!link) return
    focusNext.current = null
    link.focus()
  })
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const next = rowAfter(event.key, current, count)
    if (next === null) return
    event.preventDefault()
    if (next === count) return more?.()
    focusNext.current = next
    setCurrent(next)
    show(next)
  }
  return { current, setCurrent, onKeyDown }
}
