import { setImmediate } from 'node:timers/promises'

/** /proc is read without waiting, which is several times cheaper; others get their turn at least this often. */
const TURN_MS = 5

/** Returns a function to await inside a long loop: it yields the event loop once a turn is used up. */
export function breather(): () => Promise<void> | undefined {
  let since = performance.now()
  const turn = async () => {
    await setImmediate()
    since = performance.now()
  }
  return () => {
    if (performance.now() - since < TURN_MS) return undefined
    return turn()
  }
}
