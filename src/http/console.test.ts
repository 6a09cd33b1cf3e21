import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { client, TCP } from '../../test/http/client.ts'
import { smallWorld } from '../../test/http/small-desk.ts'
import { readConsole } from './console.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portreeve-console-'))
  await mkdir(join(folder, 'dist/assets'), { recursive: true })
  await writeFile(join(folder, 'dist/index.html'), '<!doctype html><title>Portreeve</title>')
  await writeFile(join(folder, 'dist/assets/index-1a2b.js'), 'export {}')
  await writeFile(join(folder, 'secret.json'), '{}')
  await symlink(join(folder, 'secret.json'), join(folder, 'dist/linked.json'))
})
afterAll(() => rm(folder, { recursive: true }))

async function built() {
  const world = await smallWorld()
  return client(TCP, Object.assign(world, { console: await readConsole(join(folder, 'dist')) }))
}

test.each(['/', '/enter', '/ports', '/ports/db-1%2Fnet%3A1%2F10.0.3.7%3A5432%2Ftcp', '/ports/web.js'])(
  'the page %s is the app, which reads the path itself',
  async (path) => {
    const { ask } = await built()
    const response = await ask('GET', path)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(await response.text()).toContain('<title>Portreeve</title>')
  },
)

test('an asset with a hash in its name may be kept for ever; the page is asked for again, and may be unchanged', async () => {
  const { ask } = await built()
  const script = await ask('GET', '/assets/index-1a2b.js')
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  const etag = (await ask('GET', '/')).headers.get('etag') ?? ''
  expect((await ask('GET', '/', { headers: { 'if-none-match': etag } })).status).toBe(304)
})

test.each([
  '/assets/gone.js',
  '/gone.js',
  '/linked.json',
  '/..%2fsecret.json',
  '/assets/..%2f..%2fsecret.json',
  '/%2e%2e/secret.json',
])('%s is not there: what was not read at the start cannot be asked for', async (path) => {
  const { ask } = await built()
  expect((await ask('GET', path)).status).toBe(404)
})

test('a console that was not built says so, and how to build it', async () => {
  const { ask } = await client()
  expect(await (await ask('GET', '/')).text()).toContain('npm run build')
})
