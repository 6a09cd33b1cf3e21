import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { Refusal } from '../model/refusal.ts'

/** Standard input as a file of this account for as long as `work` runs: a scan is read twice, and a pipe only once. */
export async function withSpooled<T>(
  input: NodeJS.ReadableStream,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'portreeve-'))
  try {
    const path = join(folder, 'stdin')
    await pipeline(input, createWriteStream(path, { mode: 0o600 })).catch((cause: unknown) => {
      throw new Refusal('file-unreadable', `standard input cannot be kept in ${folder}`, {
        hint: 'make room there, or name another folder by TMPDIR, or record from a file',
        cause,
      })
    })
    return await work(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
