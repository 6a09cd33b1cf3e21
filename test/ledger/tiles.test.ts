import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'

import { parseCheckpoint, verifyCheckpoint } from '../../src/ledger/checkpoint.ts'
import { toBase64 } from '../../src/lib/base64.ts'
import { leafHash, rangeRoot, subtreesOf } from '../../src/lib/merkle.ts'
import { parseNote } from '../../src/lib/signed-note.ts'
import { rootOfTiles, splitEntryBundle, tilePath, tilesOf } from '../../src/lib/tile.ts'
import { bookAt } from '../support/book.ts'
import { expectRefusal, until, workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { startServer } from '../support/server.ts'

describe('a log that is served', { timeout: 120_000 }, () => {
  test('is read from its tiles alone, by whoever may read the book', async () => {
    const place = workplace()
    declareSome(place, 300)
    const server = await startServer(place, ['--observe', '0'])
    expect((await fetch(`${server.origin}/ledger/checkpoint`)).status).toBe(401)
    const cookie = await signIn(server.origin, server.link)
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    const get = (path: string, headers = {}) =>
      fetch(`${server.origin}/ledger/${path}`, { headers: { cookie, ...headers } })

    const { key, size, root, note } = await until('all is signed', async () => {
      const text = await (await get('checkpoint')).text()
      const signed = parseCheckpoint(parseNote(Buffer.from(text)).text)
      const bundle = await get('tile/entries/000')
      if (signed.size < 301 || bundle.status !== 200) return null
      const genesis = splitEntryBundle(new Uint8Array(await bundle.arrayBuffer()), 256)[0]
      const key = /"log_key":"([^"]+)"/.exec(Buffer.from(genesis ?? []).toString())?.[1] ?? ''
      return { ...verifyCheckpoint(Buffer.from(text), key), key, note: text }
    })
    expect(size).toBe(301)
    const tiles = new Map<string, Uint8Array>()
    for (const tile of tilesOf(size)) {
      const answer = await get(tilePath(tile))
      expect(answer.headers.get('content-type')).toBe('application/octet-stream')
      expect(answer.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
      tiles.set(tilePath(tile), new Uint8Array(await answer.arrayBuffer()))
    }
    const read = (path: string) => tiles.get(path) as Uint8Array
    expect(toBase64(rootOfTiles(size, (tile) => read(tilePath(tile))))).toBe(toBase64(root))
    const leaves = [
      ...splitEntryBundle(read('tile/entries/000'), 256),
      ...splitEntryBundle(read('tile/entries/001.p/45'), 45),
    ]
    const hashes = leaves.map(leafHash)
    expect(Buffer.concat(hashes.slice(256)).equals(Buffer.from(read('tile/0/001.p/45')))).toBe(true)
    expect(
      toBase64(
        rangeRoot(
          0,
          size,
          subtreesOf((n) => hashes[n] as Uint8Array),
        ),
      ),
    ).toBe(toBase64(root))

    const archived = await get('checkpoint/301')
    expect(await archived.text()).toBe(note)
    expect(archived.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(archived.headers.get('cache-control')).toBe('no-cache')
    const zipped = await get('tile/entries/000', { 'accept-encoding': 'gzip' })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect(Buffer.from(await zipped.arrayBuffer()).equals(Buffer.from(read('tile/entries/000')))).toBe(true)
    for (const nothing of ['tile/0/001', 'tile/0/001.p/46', 'tile/1/000.p/2', 'tile/9/000'])
      expect({ nothing, status: (await get(nothing)).status }).toEqual({ nothing, status: 404 })
    for (const nothing of ['checkpoint/0', 'checkpoint/302', 'checkpoint/1e2', 'checkpoint/-1'])
      expect({ nothing, status: (await get(nothing)).status }).toEqual({ nothing, status: 404 })
    expect(verifyCheckpoint(Buffer.from(note), key).size).toBe(size)
  })

  test('is open to everybody where its operator says so', async () => {
    const place = workplace()
    const config = place.put('c.yaml', 'ledger: { public: true }\n')
    declareSome(place, 3)
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    const server = await startServer(place, ['--observe', '0', '--config', config])
    const answer = await fetch(`${server.origin}/ledger/tile/entries/000.p/4`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await fetch(`${server.origin}/api/v1/ledger/checkpoint`)).status).toBe(401)
  })

  test('publishes full tiles as files before a checkpoint names them, and makes again what is gone', async () => {
    const place = workplace()
    declareSome(place, 600)
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    const tiles = join(place.data, 'tiles', 'tile')
    expect(readdirSync(join(tiles, '0'))).toEqual(['000', '001'])
    expect(readdirSync(join(tiles, 'entries'))).toEqual(['000', '001'])
    const bytes = readFileSync(join(tiles, '0', '000'))
    rmSync(join(place.data, 'tiles'), { recursive: true })
    const book = await bookAt(place.data)
    expect(Buffer.from((await book.desk.call('readTile', { path: 'tile/0/000' })).bytes, 'base64')).toEqual(
      bytes,
    )
    await book.close()
  })
})

describe('an exported log', { timeout: 120_000 }, () => {
  test('is a whole log in a folder, grows with the book, and a web server serves it', async () => {
    const place = workplace()
    const dir = join(place.folder, 'log')
    declareSome(place, 260)
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    expect(await place.json(['log', 'export', dir, '--json'])).toMatchObject({ size: 261 })
    expectWhole(dir, 261)
    place.put('more.portreeve.yaml', portDocument('more', 7))
    expect(await place.run(['declare', 'more.portreeve.yaml'])).toMatchObject({ code: 0 })
    const grown = (await place.json(['log', 'export', dir, '--json'])) as { size: number; written: number }
    // The bundle and the tile of the edge, and the checkpoint; the full ones stand.
    expect(grown).toMatchObject({ size: 262, written: 3 })
    expectWhole(dir, 262)
    expect(await place.json(['log', 'export', dir, '--json'])).toMatchObject({ size: 262, written: 0 })

    const origin = await serveByNginx(place, dir)
    const note = await (await fetch(`${origin}/checkpoint`)).text()
    expect(note).toBe(readFileSync(join(dir, 'checkpoint'), 'utf8'))
    for (const tile of tilesOf(262)) expect((await fetch(`${origin}/${tilePath(tile)}`)).status).toBe(200)
    expect((await fetch(`${origin}/checkpoints/261`)).status).toBe(200)
  })

  test('goes on after it was broken off, and finds what was changed in it', async () => {
    const place = workplace()
    const dir = join(place.folder, 'log')
    declareSome(place, 260)
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    expect(await place.run(['log', 'export', dir])).toMatchObject({ code: 0 })
    for (const gone of ['checkpoint', 'tile/0/001.p/5']) rmSync(join(dir, gone))
    expect(await place.json(['log', 'export', dir, '--json'])).toMatchObject({ size: 261, written: 1 })
    expectWhole(dir, 261)
    for (const path of ['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1', 'tile/0/001.p/5']) {
      const bad = join(place.folder, 'bad')
      cpSync(dir, bad, { recursive: true })
      rmSync(join(bad, 'checkpoint'))
      const bytes = readFileSync(join(bad, path))
      bytes[bytes.length - 9] = (bytes[bytes.length - 9] as number) ^ 1
      writeFileSync(join(bad, path), bytes)
      expectRefusal(await place.run(['log', 'export', bad]), /not what the entries give/, /empty folder/)
      expect(existsSync(join(bad, 'checkpoint'))).toBe(false)
      rmSync(bad, { recursive: true })
    }
  })

  test('of another log, or of more than the book holds, is not written over', async () => {
    const [place, other] = [workplace(), workplace()]
    const dir = join(place.folder, 'log')
    declareSome(place, 2)
    expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
    expect(await place.run(['log', 'export', dir])).toMatchObject({ code: 0 })
    declareSome(other, 2)
    expect(await other.run(['declare', '.'])).toMatchObject({ code: 0 })
    expectRefusal(await other.run(['log', 'export', dir]), /holds the log portreeve\.local/)
    expectWhole(dir, 3)
    place.put('log/checkpoint', 'nonsense')
    expectRefusal(await place.run(['log', 'export', dir]), /checkpoint is none/)
  })
})

function declareSome(place: Workplace, count: number): void {
  const documents = Array.from({ length: count }, (_, n) => portDocument(`p-${n}`, 1000 + n))
  place.put('portreeve.yaml', documents.join('---\n'))
}

/** The folder alone gives the root that its checkpoint has. */
function expectWhole(dir: string, size: number): void {
  const note = readFileSync(join(dir, 'checkpoint'))
  const signed = parseCheckpoint(parseNote(note).text)
  expect(signed.size).toBe(size)
  expect(rootOfTiles(size, (tile) => readFileSync(join(dir, tilePath(tile))))).toEqual(signed.root)
  expect(readFileSync(join(dir, 'checkpoints', String(size))).equals(note)).toBe(true)
  for (const tile of tilesOf(size).filter(({ level }) => level === 'entries'))
    expect(splitEntryBundle(readFileSync(join(dir, tilePath(tile))), tile.width)).toHaveLength(tile.width)
}

async function signIn(origin: string, link: string): Promise<string> {
  const entered = await fetch(`${origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link: link.split('#')[1] }),
  })
  return entered.headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function serveByNginx(place: Workplace, dir: string): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  const own = join(place.folder, 'nginx')
  mkdirSync(own)
  const config = place.put(
    'nginx/nginx.conf',
    `daemon off; pid ${own}/pid; error_log ${own}/error.log; ${process.getuid?.() === 0 ? 'user root;' : ''}
     events {} http { access_log off; default_type application/octet-stream;
       client_body_temp_path ${own}/b; proxy_temp_path ${own}/p; fastcgi_temp_path ${own}/f; uwsgi_temp_path ${own}/u; scgi_temp_path ${own}/s;
       server { listen 127.0.0.1:${port}; root ${dir}; } }`,
  )
  const nginx = spawn('nginx', ['-c', config, '-p', own], { stdio: 'ignore' })
  const gone = new Promise((resolve) => nginx.once('close', resolve))
  onTestFinished(async () => {
    nginx.kill('SIGTERM')
    await gone
  })
  const origin = `http://127.0.0.1:${port}`
  await until('nginx answers', () =>
    fetch(origin).then(
      () => true,
      () => null,
    ),
  )
  return origin
}
