import { z } from 'zod'

const text = z.string().min(1).max(2000).optional().catch(undefined)

/** What the ledger page's address says; what is wrong in it is left out. */
export const LedgerSearch = z.object({ type: text, place: text, port: text })

export interface LedgerSearch {
  readonly type?: string | undefined
  readonly place?: string | undefined
  readonly port?: string | undefined
}
