import { MOST_ANSWERED, type Web } from '../../ledger/web.ts'

/** HTTP(S) by the system's own client; whoever answers with something endless is hung up on. */
export const exchange: Web = async ({ method, url, body, type, patience }) => {
  try {
    const response = await fetch(url, {
      method,
      // A redirect could lead anywhere, into this machine's own network too.
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
      headers: type === null ? {} : { 'content-type': type },
      ...(body === null ? {} : { body: Buffer.from(body) }),
    })
    const bytes = await bounded(response)
    const media = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
    return bytes === null ? null : { status: response.status, type: media, body: bytes }
  } catch {
    // Refused, timed out, no such name, no TLS: nobody answered.
    return null
  }
}

async function bounded(response: Response): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MOST_ANSWERED) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
