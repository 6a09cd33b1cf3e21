import { setTimeout as delay } from 'node:timers/promises'

import type { Environment } from '../actions/environment.ts'
import { sealedState, type SealedState } from '../actions/lost-keys.ts'
import { scrub, type Scrubbed } from '../actions/scrub.ts'

/** Looks at one tile after the other, and for the keys of sealed values, until it is stopped; tells what it saw. */
export function scrubLedger(
  env: Environment,
  intervalMs: number,
  tell: { readonly scrubbed: (scrubbed: Scrubbed) => void; readonly sealed: (sealed: SealedState) => void },
): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController()
  const running = repeat(intervalMs, stopping.signal, async () => {
    const scrubbed = await scrub(env).catch((error: unknown) => ({
      tile: '',
      fault: String(error),
      where: null,
    }))
    if (scrubbed !== null) tell.scrubbed(scrubbed)
    // A store that does not answer says so elsewhere.
    await sealedState(env).then(tell.sealed, () => undefined)
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
