import { createServer, connect, type Socket } from 'node:net'

/** Where on the line to PostgreSQL the server is to be lost. */
export interface Cut {
  /** Statements that begin so count. */
  readonly of: string
  /** From 1. */
  readonly nth: number
  /** The statement never gets there; or it was carried out, and its answer never gets back. */
  readonly when: 'before' | 'after'
}

/** A line to a server of PostgreSQL that counts statements, and loses the server at one of them. */
export interface CutLine {
  readonly port: number
  /** From here on; the promise resolves when the server is lost. */
  arm(cut: Cut): { readonly lost: () => boolean }
  /** Statements since it was armed last, by their first words. */
  seen(): readonly string[]
  close(): Promise<void>
}

export async function cutLine(port: number, lose: () => Promise<void>): Promise<CutLine> {
  let cut: Cut | null = null
  let seen: string[] = []
  let isLost = false
  const sockets = new Set<Socket>()
  const isDue = (statement: string): boolean => {
    seen.push(statement)
    const of = cut?.of ?? ''
    return statement.startsWith(of) && seen.filter((each) => each.startsWith(of)).length === cut?.nth
  }
  const lost = (): void => {
    isLost = true
    cut = null
    void lose()
  }
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    const messages = new Messages()
    let isAnswerDue = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (bytes: Buffer) => {
      for (const statement of messages.statementsIn(bytes)) {
        const when = cut?.when
        if (!isDue(statement)) continue
        if (when === 'before') return lost()
        isAnswerDue = true
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes: Buffer) => {
      if (isAnswerDue && endsAnswer(bytes)) lost()
      else client.write(bytes)
    })
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the line has no port')
  return {
    port: address.port,
    arm: (next) => {
      cut = next
      seen = []
      isLost = false
      return { lost: () => isLost }
    },
    seen: () => seen,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** ReadyForQuery is the last message of an answer: https://www.postgresql.org/docs/15/protocol-message-formats.html */
function endsAnswer(bytes: Buffer): boolean {
  return bytes.length >= 6 && bytes.toString('latin1', bytes.length - 6, bytes.length - 1) === 'Z\0\0\0\x05'
}

/** Messages of a frontend: a type and a length, but for the first, which has a length alone. */
class Messages {
  #held: Buffer = Buffer.alloc(0)
  #isStarted = false

  statementsIn(bytes: Buffer): string[] {
    this.#held = Buffer.concat([this.#held, bytes])
    const statements: string[] = []
    for (;;) {
      const start = this.#isStarted ? 1 : 0
      if (this.#held.length < start + 4) return statements
      const end = start + this.#held.readUInt32BE(start)
      if (this.#held.length < end) return statements
      const type = this.#isStarted ? this.#held.toString('latin1', 0, 1) : ''
      // Query holds a text; Parse a name, which is empty here, and a text.
      if (type === 'Q' || type === 'P')
        statements.push(
          this.#held.toString('utf8', type === 'Q' ? 5 : 6, Math.min(end, 120)).split('\0')[0] ?? '',
        )
      this.#isStarted = true
      this.#held = this.#held.subarray(end)
    }
  }
}
