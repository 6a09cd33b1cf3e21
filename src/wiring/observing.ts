import { setTimeout as delay } from 'node:timers/promises'

import type { Book } from '../actions/book.ts'
import type { Environment } from '../actions/environment.ts'
import { Observer, type Pass } from '../actions/observe.ts'
import { Fatal } from '../model/refusal.ts'
import type { PassNews } from './threads.ts'

/**
 * Passes one after the other until it is stopped; one that fails is told and tried again at the next interval, and
 * what leaves the durable state unknown ends them all.
 */
export function observeHost(
  env: Environment,
  book: Book,
  intervalMs: number,
  tell: (pass: PassNews) => void,
  end: (error: unknown) => void,
): { readonly stop: () => Promise<void> } | null {
  if (env.host === null) return null
  const observer = new Observer(env, env.host, book, intervalMs)
  const stopping = new AbortController()
  let first = true
  const pass = async (): Promise<void> => {
    try {
      tell(news(await (first ? observer.start() : observer.pass())))
      first = false
    } catch (error) {
      if (error instanceof Fatal) throw error
      tell({ at: env.now(), source: '', milliseconds: 0, complete: false, error: String(error) })
    }
  }
  const running = repeat(pass, intervalMs, stopping.signal).catch(end)
  return {
    stop: async () => {
      stopping.abort()
      await running
      await observer.stop()
    },
  }
}

async function repeat(pass: () => Promise<void>, intervalMs: number, stopping: AbortSignal): Promise<void> {
  for (;;) {
    const began = Date.now()
    await pass()
    const wait = Math.max(0, intervalMs - (Date.now() - began))
    const stopped = await delay(wait, false, { signal: stopping }).catch(() => true)
    if (stopped) return
  }
}

function news({ at, source, milliseconds, complete }: Pass): PassNews {
  return { at, source, milliseconds, complete, error: null }
}
