import { Refusal } from '../model/refusal.ts'

const JSON_TYPE = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i

/**
 * A JSON object of at most `limit` bytes. The type is required: a form or a `text/plain` body is what another
 * site's page can send without asking the browser first.
 */
export async function readJson(request: Request, limit: number): Promise<Record<string, unknown>> {
  const type = request.headers.get('content-type') ?? ''
  if (!JSON_TYPE.test(type)) {
    throw new Refusal('media-type', 'the body must be JSON', { hint: 'send Content-Type: application/json' })
  }
  return parsed(await readText(request, limit))
}

async function readText(request: Request, limit: number): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit)
  const bytes = await readBytes(request, limit)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Refusal('bad-input', 'the body is not UTF-8', { cause })
  }
}

/** Counts what arrives, because `Content-Length` is only what the sender says. */
async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength
      if (size > limit) throw tooLarge(limit)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal('bad-input', 'the body ended before it was complete', { cause: error })
  }
  return Buffer.concat(chunks)
}

function parsed(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Refusal('bad-input', 'the body is not JSON', { hint: 'send one JSON object', cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new Refusal('bad-input', 'the body is not a JSON object', { hint: 'send one JSON object' })
}

function tooLarge(limit: number): Refusal {
  return new Refusal('body-too-large', `the body is larger than ${limit} bytes`, {
    hint: 'send less at a time',
  })
}
