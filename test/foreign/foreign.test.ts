import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'

import { workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { logKeyOf, startWitness } from '../support/witness.ts'

const MODULE = fileURLToPath(new URL('.', import.meta.url))
const GO = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin']
  .map((folder) => join(folder, 'go'))
  .find((path) => existsSync(path))

/** golang.org/x/mod/sumdb and Tessera's fsck on our bytes. The module is built in a folder of its own. */
describe.skipIf(GO === undefined)("other people's readers (Go)", { timeout: 300_000 }, () => {
  let folder = ''
  let built = { status: 1 as number | null, stderr: '' }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'portreeve-foreign-'))
    for (const name of ['main.go', 'go.mod', 'go.sum']) cpSync(join(MODULE, name), join(folder, name))
    const env = { ...process.env, GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' }
    built = spawnSync(GO ?? '', ['build', '-o', 'foreign', '.'], { cwd: folder, encoding: 'utf8', env })
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('read our checkpoints, cosignatures, tiles and entries, and find what was changed', async (context) => {
    mustBeBuilt(context, built)
    const place = workplace()
    const logKey = await logKeyOf(place)
    const witness = await startWitness(place, 'w1', [logKey])
    const policy = place.put('policy', `witness w1 ${witness.key} ${witness.url}\nquorum w1\n`)
    const config = ['--config', place.put('c.yaml', `witnesses: ${policy}\n`)]
    const dir = join(place.folder, 'log')
    const read = () => spawnSync(join(folder, 'foreign'), [dir, logKey, witness.key], { encoding: 'utf8' })

    for (const [name, count] of [
      ['a', 3],
      ['b', 300],
      ['c', 511],
    ] as const) {
      const documents = Array.from({ length: count }, (_, n) => portDocument(`${name}-${n}`, 1000 + n))
      const file = place.put(`${name}.portreeve.yaml`, documents.join('---\n'))
      expect(await place.run(['declare', file, ...config])).toMatchObject({ code: 0 })
      expect(await place.run(['log', 'export', dir, ...config])).toMatchObject({ code: 0 })
      const { status, stdout, stderr } = read()
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).toMatch(
        /^note: checkpoint of \d+, 1 cosignatures\ntlog: \d+ records proved\ntlog: \d+ archived checkpoints consistent\nfsck: the whole log\n$/,
      )
    }
    expect(read().stdout).toContain('note: checkpoint of 815, 1 cosignatures\ntlog: 815 records proved')

    for (const path of ['tile/0/001', 'tile/1/000.p/3', 'tile/entries/002', 'checkpoint']) {
      const bytes = readFileSync(join(dir, path))
      const changed = Buffer.from(bytes)
      changed[40] = (changed[40] as number) ^ 1
      writeFileSync(join(dir, path), changed)
      expect({ path, status: read().status }).toEqual({ path, status: 1 })
      writeFileSync(join(dir, path), bytes)
    }
    expect(read().status).toBe(0)
  })
})

/** Without the modules in a cache and without a network there is nothing to build from. */
function mustBeBuilt(
  context: TestContext,
  { status, stderr }: { status: number | null; stderr: string },
): void {
  if (/dial tcp|lookup .* on|i\/o timeout|proxyconnect|GOPROXY=off|connection refused/.test(stderr))
    context.skip('the Go modules cannot be fetched here')
  expect({ status, stderr }).toMatchObject({ status: 0 })
}
