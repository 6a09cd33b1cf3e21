/** A request to somebody outside: a witness or a timestamp authority. */
export interface WebRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body: Uint8Array | null
  /** Media type of the body. */
  readonly type: string | null
  /** Milliseconds for the whole exchange. */
  readonly patience: number
}

export interface WebAnswer {
  readonly status: number
  /** Media type without parameters, in small letters. */
  readonly type: string
  readonly body: Uint8Array
}

/** Null where nobody answered in time, or with more than `MOST_ANSWERED` bytes. Redirects are not followed. */
export type Web = (request: WebRequest) => Promise<WebAnswer | null>

/** A checkpoint, a signature line or a timestamp token with its chain is far shorter. */
export const MOST_ANSWERED = 256 * 1024
