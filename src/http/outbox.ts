/** Texts on their way to one reader, at most `limit` of them; the reader's pace decides. */
export class Outbox {
  readonly #limit: number
  #texts: string[] = []
  #state: 'open' | 'closed' = 'open'
  #wake: (() => void) | null = null

  constructor(limit: number) {
    this.#limit = limit
  }

  get empty(): boolean {
    return this.#texts.length === 0
  }

  /** Where the reader is `limit` texts behind, `instead` takes the place of all of them. */
  put(text: string, instead: string): void {
    if (this.#texts.length < this.#limit) this.#texts.push(text)
    else this.#texts = [instead]
    this.#wake?.()
  }

  /** What is in it can still be taken. */
  close(): void {
    this.#state = 'closed'
    this.#wake?.()
  }

  /** The next text, when there is one; null: closed, and nothing left. One reader at a time. */
  async take(): Promise<string | null> {
    for (;;) {
      const text = this.#texts.shift()
      if (text !== undefined) return text
      if (this.#state === 'closed') return null
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
