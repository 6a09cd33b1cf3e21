import { setTimeout as delay } from 'node:timers/promises'

import type { Environment } from '../actions/environment.ts'
import { scrub, type Scrubbed } from '../actions/scrub.ts'

/** Looks at one tile after the other until it is stopped, and tells what it saw. */
export function scrubLedger(
  env: Environment,
  intervalMs: number,
  tell: (scrubbed: Scrubbed) => void,
): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController()
  const running = repeat(intervalMs, stopping.signal, async () => {
    const scrubbed = await scrub(env).catch((error: unknown) => ({
      tile: '',
      fault: String(error),
      where: null,
    }))
    if (scrubbed !== null) tell(scrubbed)
  })
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

async function repeat(intervalMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (;;) {
    const stopped = await delay(intervalMs, false, { signal, ref: false }).catch(() => true)
    if (stopped) return
    await work()
  }
}
