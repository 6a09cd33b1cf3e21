import type { AnchorKind, AnchorState } from '../ledger/anchor-rows.ts'
import type { Environment } from './environment.ts'

/** Keeps how each witness or authority fares, where every process of the book sees it, and tells each change once. */
export class AnchorStates {
  readonly #env: Environment
  readonly #kind: AnchorKind
  readonly #changed: (name: string, state: AnchorState) => void
  readonly #known = new Map<string, AnchorState>()

  constructor(env: Environment, kind: AnchorKind, changed: (name: string, state: AnchorState) => void) {
    this.#env = env
    this.#kind = kind
    this.#changed = changed
  }

  async tell(name: string, state: string, detail: string | null): Promise<void> {
    const known = this.#known.get(name) ?? (await this.#env.store.read.anchorStates(this.#kind)).get(name)
    const isSame = known?.state === state && known.detail === detail
    const next: AnchorState = isSame ? known : { at: this.#env.now(), state, detail }
    this.#known.set(name, next)
    if (isSame) return
    await this.#env.store.transact((tx) => tx.saveAnchorState(this.#kind, name, next))
    this.#changed(name, next)
  }
}
