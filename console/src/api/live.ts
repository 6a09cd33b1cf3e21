import type { Query, QueryClient } from '@tanstack/react-query'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

export type Live = 'connecting' | 'live' | 'reconnecting'

const AT_MOST_EVERY_MS = 1000

/**
 * Follows the ledger by server-sent events: what is shown is asked again, at most once a second. The browser
 * itself reconnects and says with Last-Event-ID where it was.
 */
export function useLive(enabled: boolean): Live {
  const client = useQueryClient()
  const [state, setState] = useState<Live>('connecting')
  useEffect(() => {
    return enabled ? follow(client, setState) : undefined
  }, [client, enabled])
  return state
}

function follow(client: QueryClient, setState: (state: Live) => void): () => void {
  const soon = throttled(() => askAgain(client), AT_MOST_EVERY_MS)
  const retry = { timer: 0 }
  let events: EventSource
  const connect = () => {
    events = new EventSource('/api/v1/events')
    events.addEventListener('open', () => {
      setState('live')
      // Nobody has told what happened between the answers so far and this moment.
      soon.run()
    })
    events.addEventListener('error', () => {
      setState('reconnecting')
      // An answer that is no event stream (401, 503) ends an EventSource for good.
      if (events.readyState === EventSource.CLOSED) retry.timer = window.setTimeout(connect, 5000)
    })
    for (const type of ['ledger', 'reset']) events.addEventListener(type, soon.run)
  }
  connect()
  return () => {
    events.close()
    soon.stop()
    window.clearTimeout(retry.timer)
  }
}

/** A list that was read far down is only marked as old: asking for all its pages each second would drown the server. */
function askAgain(client: QueryClient): void {
  askAfterFirstAnswers(client)
  void client.invalidateQueries({ predicate: isLong, refetchType: 'none' })
  void client.invalidateQueries({ predicate: (query) => !isLong(query) })
}

/** A first answer that is on its way may be older than the news, and React Query would not ask for it again. */
function askAfterFirstAnswers(client: QueryClient): void {
  const first = client
    .getQueryCache()
    .findAll({ fetchStatus: 'fetching' })
    .filter(({ state }) => state.data === undefined)
  for (const { promise, queryKey } of first) {
    const again = () => void client.invalidateQueries({ queryKey, exact: true })
    // What failed is shown, with a button to ask again.
    promise?.then(again, () => undefined)
  }
}

const isLong = ({ state }: Query) => pagesOf(state.data) > 2

function pagesOf(data: unknown): number {
  const pages = typeof data === 'object' && data !== null && 'pages' in data ? data.pages : []
  return Array.isArray(pages) ? pages.length : 0
}

/** Runs at once, then at most every `ms`; a call in between is made up for at the end. */
export function throttled(task: () => void, ms: number): { run: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOwed = false
  const run = () => {
    if (timer !== undefined) {
      isOwed = true
      return
    }
    isOwed = false
    task()
    timer = setTimeout(() => {
      timer = undefined
      if (isOwed) run()
    }, ms)
  }
  return { run, stop: () => clearTimeout(timer) }
}
