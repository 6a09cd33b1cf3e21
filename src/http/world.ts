import type { Context } from 'hono'

import type { EventFeed, ServerDesk, ServerStatus, SignedIn } from '../api/desk.ts'
import type { Actor } from '../api/operations.ts'
import type { Log } from '../lib/log.ts'
import type { Fatal } from '../model/refusal.ts'
import type { RequestMetrics } from './metrics.ts'

/** What the server is given. */
export interface World {
  readonly desk: ServerDesk
  readonly feed: EventFeed
  readonly status: () => Promise<ServerStatus>
  readonly console: ConsoleFiles
  readonly log: Log
  /** The durable state is not known: the process should end (exit 75). The asker has been told. */
  readonly onFatal: (error: Fatal) => void
  readonly metrics: RequestMetrics
  /** Aborted when the server stops: streams end. */
  readonly closing: AbortSignal
  readonly heartbeatMs: number
  /** Checkpoints and tiles are served to anybody. */
  readonly publicLedger: boolean
}

/** The way a request came in. Who can open the data folder's socket is the operator: its mode is 0600. */
export type Door =
  | { readonly kind: 'socket' }
  | {
      readonly kind: 'tcp'
      readonly tls: boolean
      readonly loopback: boolean
      /** See `allowedHosts`. */
      readonly hosts: ReadonlySet<string>
    }

/** Who asks, as far as the way in tells. */
export type Caller =
  | { readonly kind: 'operator'; readonly actor: Actor }
  | { readonly kind: 'person'; readonly actor: Actor; readonly session: SignedIn; readonly token: string }
  | { readonly kind: 'nobody' }

/** By URL path. Held in memory: what was not read at the start cannot be asked for, whatever the path says. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>

export interface ConsoleFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
  readonly etag: string
  /** The name holds a hash of the content, so it can be kept for ever. */
  readonly immutable: boolean
}

/** What the handlers of one request share. */
export interface Shared {
  Variables: {
    requestId: string
    /** An operation's name or another fixed word: it labels metrics and logs, so it never comes from the request. */
    route: string
    caller: Caller
  }
}

export type RequestContext = Context<Shared>
