import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { Observer } from '../../src/actions/observe.ts'
import { linuxHost } from '../../src/adapters/linux/host.ts'
import { openListeners } from '../../src/adapters/loopback/own-listeners.ts'
import { canonicalJson } from '../../src/lib/canonical-json.ts'
import type { JsonObject } from '../../src/model/entry.ts'
import { judge } from '../../verifier/src/judge.ts'
import { bookAt } from '../support/book.ts'

test.skipIf(process.platform !== 'linux')(
  'a pack says in which build and configuration the collector looked, in words that have their digest',
  async () => {
    const data = mkdtempSync(join(tmpdir(), 'portreeve-collector-'))
    const book = await bookAt(data)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(async () => {
      server.close()
      await book.close()
      rmSync(data, { recursive: true })
    })
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const observer = new Observer(book.env, linuxHost({ open: openListeners }), book.book, 4_000)
    await observer.start()
    const { files } = await book.desk.call('provePort', { port: `127.0.0.1:${port}/tcp` })
    const bytes = new Map(
      files
        .filter(({ path }) => !path.startsWith('custodian/'))
        .map((file) => [file.path, Buffer.from(file.base64, 'base64')] as const),
    )
    const { collectors } = JSON.parse(bytes.get('answer.json')?.toString() ?? '') as {
      collectors: Record<string, { value: unknown; leaf: number }>[]
    }
    const [collector] = collectors
    const configuration = collector?.['configuration']?.value as JsonObject
    expect(configuration).toMatchObject({
      interval_ms: 4_000,
      software: 'portreeve/test',
      sockets: expect.stringMatching(/^ss -tuln/),
      namespaces: expect.arrayContaining(['net:1']),
      // Whose account it is, the document does not say.
      privileges: expect.stringMatching(/^(?:root|an account other than root)/),
    })
    expect(collector?.['configuration_sha256']?.value).toBe(
      hash('sha256', canonicalJson(configuration), 'hex'),
    )
    expect(collector?.['collector']?.value).toMatchObject({
      build: expect.stringMatching(/^sha256:[\da-f]{64}$/),
    })
    const report = judge({ folder: { files: bytes, refused: [] }, trust: null, tiles: null })
    expect(report.checks.filter(({ state }) => state === 'failed')).toEqual([])
  },
  60_000,
)
