import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { startAuthority } from '../support/authority.ts'
import { until, workplace, type Workplace } from '../support/cli.ts'
import { SS_TEXT } from '../support/scans.ts'
import { startServer } from '../support/server.ts'
import { logKeyOf, startWitness } from '../support/witness.ts'

interface Report {
  readonly status: number
  readonly checks: readonly { readonly name: string; readonly state: string; readonly text: string }[]
}

test('what a witness and a timestamp authority saw is proved from outside, and whoever holds the trust file finds it valid', async () => {
  const place = workplace()
  const { config, trust } = await anchored(place)
  expect(await place.run(['prove', 'db-2:6379/tcp', '-o', 'pack', '--config', config])).toMatchObject({
    code: 0,
  })
  const pack = join(place.folder, 'pack')
  const { interval } = JSON.parse(readFileSync(join(pack, 'answer.json'), 'utf8')) as {
    interval: {
      logged: number
      proven: Record<'not_before' | 'not_after', { by: string; at: string } | null>
    }
  }
  expect(interval.proven.not_before?.by).toMatch(/^(cosignature|anchor) /)
  expect(interval.proven.not_after?.by).toMatch(/^(cosignature witness\.example\/w1|timestamp [0-9]+\.1)$/)
  expect(readdirSync(join(pack, 'timestamps')).length).toBeGreaterThan(0)
  const judged = await place.run(['verify', 'pack', '--trust', trust])
  expect(judged.out).not.toMatch(/^failed/m)
  expect(judged.out).toMatch(/^passed +witnesses/m)
  expect(judged.out).toMatch(/^passed +interval/m)
  expect(judged.code).toBe(0)
}, 180_000)

test('every byte of every listed file that is changed is found, and by the check of that file', async () => {
  const place = workplace()
  const { config, trust } = await anchored(place)
  await place.run(['prove', 'db-2:6379/tcp', '-o', 'pack', '--config', config])
  const pack = join(place.folder, 'pack')
  const { files } = JSON.parse(readFileSync(join(pack, 'manifest.json'), 'utf8')) as {
    files: { path: string }[]
  }
  // One byte of each file here, by the command as a user runs it; every byte is flipped in the verifier's own suite.
  for (const [n, { path }] of files.entries()) {
    const bytes = readFileSync(join(pack, path))
    const at = (n * 7919) % bytes.length
    const copy = join(place.folder, `flipped-${n}`)
    cpSync(pack, copy, { recursive: true })
    writeFileSync(join(copy, path), bytes.with(at, bytes[at]! ^ 1))
    const { code, out } = await place.run(['verify', copy, '--trust', trust, '--json'])
    const report = JSON.parse(out) as Report
    expect([path, code]).toEqual([path, 20])
    expect(report.checks.filter(({ state }) => state === 'failed').map(({ name }) => name)).toEqual([
      `file ${path}`,
    ])
  }
}, 300_000)

/** A book whose checkpoints a witness cosigns and an authority stamps, with one sighting between them. */
async function anchored(place: Workplace): Promise<{ readonly config: string; readonly trust: string }> {
  place.put('first.ss', SS_TEXT.replace('6379', '6380'))
  expect(await place.run(['scan', '--record', 'first.ss'])).toMatchObject({ code: 0 })
  const authority = await startAuthority()
  const witness = await startWitness(place, 'w1', [await logKeyOf(place)])
  const policy = place.put('policy.txt', `witness w1 ${witness.key} ${witness.url}\nquorum w1\n`)
  const config = place.put(
    'book.yaml',
    `witnesses: ${policy}\ntimestamps: { atOnce: [sighting, anchor], authorities: [{ name: tsa, url: '${authority.url}', roots: ${authority.rootPath} }] }\n`,
  )
  const server = await startServer(place, ['--observe', '0', '--config', config])
  const vouched = () =>
    until('the newest checkpoint is cosigned', async () => {
      const shown = (await server.get('/api/v1/ledger/checkpoint')) as { quorum: string; size: number }
      return shown.quorum === 'met' ? shown.size : null
    })
  const before = await vouched()
  place.put('db-2.ss', SS_TEXT)
  expect(await place.run(['scan', '--record', 'db-2.ss'])).toMatchObject({ code: 0 })
  // One over the sighting: that of the checkpoint before it may come first.
  await until('a token is anchored', async () => {
    const page = (await server.get('/api/v1/ledger/timestamps')) as {
      timestamps: { size: number; anchored: number | null }[]
    }
    return page.timestamps.some(({ size, anchored }) => size > before && anchored !== null) ? true : null
  })
  await vouched()
  const trust = place.put('trust.txt', (await place.run(['log', 'trust', '--config', config])).out)
  expect(await server.stop()).toBe(0)
  return { config, trust }
}
