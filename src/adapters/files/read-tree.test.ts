import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FoundFile } from '../../discovery/found.ts'
import { fileSource } from './file-source.ts'
import { readTree } from './read-tree.ts'

let root: string
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'portreeve-files-'))))
afterEach(async () => rm(root, { recursive: true, force: true }))

async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

async function all(paths: readonly string[] = [root], options = {}): Promise<readonly FoundFile[]> {
  return gathered(readTree(paths, options))
}

async function gathered<T>(from: AsyncIterable<T>): Promise<readonly T[]> {
  const taken: T[] = []
  for await (const one of from) taken.push(one)
  return taken
}

/** State, path below the root, and what else matters. */
function lines(found: readonly FoundFile[]): readonly string[] {
  return found.map((file) => {
    const what = 'reason' in file ? file.reason : file.kind
    return `${file.state} ${file.path.replace(`${root}/`, '')}: ${what}`
  })
}

const COMPOSE = 'services: { web: { image: x } }'
const SERVICE = 'apiVersion: v1\nkind: Service\n'

test('a folder is walked in the order of names, without .git and node_modules', async () => {
  await put({
    'b/compose.yaml': COMPOSE,
    'a.yaml': SERVICE,
    'b/a/portreeve.yaml': '',
    'scan.xml': '<nmaprun>',
    'notes.txt': 'hello',
    '.git/compose.yaml': COMPOSE,
    'node_modules/x/compose.yaml': COMPOSE,
  })
  expect(lines(await all())).toEqual([
    'text a.yaml: kubernetes',
    'text b/a/portreeve.yaml: documents',
    'text b/compose.yaml: compose',
    'unrecognised notes.txt: of none of the formats that are read',
    'stream scan.xml: nmap-xml',
  ])
})

test('a text carries its digest, its folder and whether a person named it', async () => {
  await put({ 'shop/compose.yaml': `\uFEFF${COMPOSE}` })
  const path = join(root, 'shop/compose.yaml')
  const digest = `sha256:${createHash('sha256').update(`\uFEFF${COMPOSE}`).digest('hex')}`
  expect(await all([path])).toEqual([
    { state: 'text', path, folder: 'shop', text: COMPOSE, digest, kind: 'compose', named: true },
  ])
  expect(await all()).toMatchObject([{ folder: 'shop', named: false }])
})

test('a scan is handed on as a stream of any size, with the digest of what was read', async () => {
  const xml = `<nmaprun>${' '.repeat(300_000)}</nmaprun>`
  await put({ 'scan.xml': xml })
  const [found] = await all()
  if (found?.state !== 'stream') throw new Error('no stream')
  const { chunks, digest } = found.open()
  const read = Buffer.concat(await gathered(chunks))
  expect(read.toString()).toBe(xml)
  expect(digest()).toBe(`sha256:${createHash('sha256').update(xml).digest('hex')}`)
})

async function* pieces(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text)
}

async function* endless() {
  for (;;) yield Buffer.from(`${SERVICE}${'# x\n'.repeat(250_000)}`)
}

describe('standard input', () => {
  test('is recognised like a file', async () => {
    expect(await all(['-'], { input: pieces('services:\n', '  web:\n    image: x\n') })).toMatchObject([
      { state: 'text', path: '-', folder: null, kind: 'compose', named: true },
    ])
  })

  test('may be a scan, of which nothing is lost', async () => {
    const [found] = await all(['-'], { input: pieces('<nmap', `run>${'x'.repeat(100_000)}`, '</nmaprun>') })
    if (found?.state !== 'stream') throw new Error('no stream')
    const read = Buffer.concat(await gathered(found.open().chunks))
    expect(read).toHaveLength(9 + 100_000 + 10)
  })

  test('is bounded', async () => {
    expect(lines(await all(['-'], { input: endless() }))).toEqual([
      'unreadable -: larger than 67108864 bytes, the most of kubernetes that is read',
    ])
  })
})

describe('symbolic links', () => {
  test('are followed inside the folder, once, and circles end', async () => {
    await put({ 'z/real/compose.yaml': COMPOSE, 'z/web.yaml': SERVICE })
    await symlink('..', join(root, 'z/up'))
    await symlink('z/real', join(root, 'a'))
    await symlink('web.yaml', join(root, 'z/zweb.yaml'))
    await symlink('loop', join(root, 'loop'))
    expect(lines(await all())).toEqual([
      'text a/compose.yaml: compose',
      'unreadable loop: a symbolic link: symbolic links lead in a circle',
      'passed-over z/up: a symbolic link to what was read already',
      'text z/web.yaml: kubernetes',
      'passed-over z/zweb.yaml: a symbolic link to what was read already',
    ])
  })

  test('out of the folder are left alone, and named', async () => {
    await put({ 'in/a.yaml': SERVICE, 'out/b.yaml': SERVICE, 'in-too/c.yaml': SERVICE })
    await symlink('../out', join(root, 'in/out'))
    await symlink('../in-too', join(root, 'in/too'))
    await symlink('/etc/passwd', join(root, 'in/compose.yaml'))
    await symlink('nowhere', join(root, 'in/gone'))
    expect(lines(await all([join(root, 'in')]))).toEqual([
      'text in/a.yaml: kubernetes',
      'passed-over in/compose.yaml: a symbolic link out of the folder',
      'unreadable in/gone: a symbolic link: there is no such file',
      'passed-over in/out: a symbolic link out of the folder',
      'passed-over in/too: a symbolic link out of the folder',
    ])
  })

  test('that a person names lead anywhere', async () => {
    await put({ 'out/b.yaml': SERVICE })
    await symlink('out/b.yaml', join(root, 'link.yaml'))
    expect(lines(await all([join(root, 'link.yaml')]))).toEqual(['text link.yaml: kubernetes'])
  })
})

describe('what cannot be read', () => {
  test('because it is not there is refused before anything else is read', async () => {
    await put({ 'a.yaml': SERVICE })
    await expect(all([root, join(root, 'gone')])).rejects.toMatchObject({
      code: 'file-unreadable',
      message: `${root}/gone: there is no such file`,
    })
  })

  test('because of its encoding is named, with its place', async () => {
    await put({
      'a.yaml': Buffer.concat([Buffer.from(`${SERVICE}# \uFFFD ü `), Buffer.from([0xff, 0x20])]),
      'b.yaml': Buffer.from(`\uFEFF${SERVICE}`, 'utf16le'),
      'c.yaml': Buffer.concat([Buffer.from(SERVICE), Buffer.from([0xe2, 0x82])]),
    })
    expect(lines(await all())).toEqual([
      'unreadable a.yaml: invalid UTF-8 at line 3, column 7 (byte 38)',
      'unreadable b.yaml: it is UTF-16: save it as UTF-8',
      'unreadable c.yaml: invalid UTF-8 at line 3, column 1 (byte 29)',
    ])
  })

  test('because it is huge is named, and never held: 2 GB, sparse', async () => {
    await put({ 'compose.yaml': `${COMPOSE}\n${'# x\n'.repeat(20_000)}`, 'zero.yaml': '' })
    await truncate(join(root, 'compose.yaml'), 2 * 1024 ** 3)
    await truncate(join(root, 'zero.yaml'), 2 * 1024 ** 3)
    const before = process.memoryUsage().rss
    expect(lines(await all())).toEqual([
      'unreadable compose.yaml: larger than 67108864 bytes, the most of compose that is read',
      'unrecognised zero.yaml: of none of the formats that are read',
    ])
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 ** 2)
  })

  test('because it is a pipe is left alone, where it would never end', async () => {
    execFileSync('mkfifo', [join(root, 'compose.yaml')])
    expect(lines(await all())).toEqual(['passed-over compose.yaml: neither a file nor a folder'])
  })

  // Root may read everything.
  test.skipIf(process.getuid?.() === 0)(
    'because of its mode is named in a folder, and refused by name',
    async () => {
      await put({ 'a.yaml': SERVICE, 'b/c.yaml': SERVICE })
      await chmod(join(root, 'a.yaml'), 0)
      await chmod(join(root, 'b'), 0)
      expect(lines(await all())).toEqual(['unreadable a.yaml: not permitted', 'unreadable b: not permitted'])
      await expect(all([join(root, 'a.yaml')])).rejects.toMatchObject({ code: 'file-unreadable' })
      await chmod(join(root, 'b'), 0o700)
    },
  )
})

test('two paths that hold the same file read it once', async () => {
  await put({ 'a/b.yaml': SERVICE })
  expect(lines(await all([join(root, 'a/b.yaml'), root, join(root, 'a')]))).toEqual([
    'text a/b.yaml: kubernetes',
  ])
})

test('a format that the user gives is taken for what was named, and an unknown one is refused', async () => {
  await put({ 'list.txt': 'nothing to see' })
  const found = await gathered(fileSource.readTree([join(root, 'list.txt')], { as: 'ss-text' }))
  expect(lines(found)).toEqual(['text list.txt: ss-text'])
  expect(() => fileSource.readTree([root], { as: 'visio' })).toThrow(
    expect.objectContaining({ code: 'source-unknown' }),
  )
})
