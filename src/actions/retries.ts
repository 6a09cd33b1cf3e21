/** The first pause after a failure; each further one is twice as long, up to the longest. */
const FIRST_MS = 1_000
const LONGEST_MS = 60_000

/**
 * Does something for the newest of what is due, one at a time, again after a pause while it does not succeed. What
 * became due meanwhile takes the place of what was: only the newest matters.
 */
export class Retries<T> {
  readonly #attempt: (due: T) => Promise<boolean>
  #due: T | null = null
  #running: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #pause = FIRST_MS
  #stopped = false

  /** `attempt` answers whether all was done; it throws only for bugs, which count as failures. */
  constructor(attempt: (due: T) => Promise<boolean>) {
    this.#attempt = attempt
  }

  due(next: T): void {
    this.#due = next
    if (this.#timer === null) this.#start()
  }

  /** Until what is due was tried, at most so long. */
  async settle(milliseconds: number): Promise<void> {
    if (this.#running === null) return
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(() => late.resolve(), milliseconds)
    await Promise.race([this.#running, late.promise])
    clearTimeout(timer)
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #start(): void {
    if (this.#running !== null || this.#stopped) return
    this.#running = this.#run().finally(() => {
      this.#running = null
      // It became due between the last look and this moment.
      if (this.#due !== null && this.#timer === null) this.#start()
    })
  }

  async #run(): Promise<void> {
    for (let due = this.#due; due !== null && !this.#stopped; due = this.#due) {
      this.#due = null
      if (await this.#attempt(due).catch(() => false)) {
        this.#pause = FIRST_MS
        continue
      }
      this.#due ??= due
      this.#later()
      return
    }
  }

  #later(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#start()
    }, this.#pause)
    this.#timer.unref()
    this.#pause = Math.min(2 * this.#pause, LONGEST_MS)
  }
}
