import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

import type { Hono } from 'hono'

import { nothingThere } from './answers.ts'
import type { ConsoleFile, ConsoleFiles, Shared, World } from './world.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Portreeve</title>
<h1>The console was not built</h1>
<p>The server runs, and its API answers. Build the console with <code>npm run build</code>, then start again.</p></html>
`

/** Reads the built console. A folder that is not there gives a page that says so. */
export async function readConsole(folder: string): Promise<ConsoleFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries.filter((entry) => entry.isFile() && Object.hasOwn(TYPES, extname(entry.name)))
  const files = await Promise.all(
    paths.map((entry) => consoleFile(folder, join(entry.parentPath, entry.name))),
  )
  const found = new Map(files)
  if (!found.has('/index.html')) found.set('/index.html', file('/index.html', Buffer.from(NOT_BUILT)))
  return found
}

/** Files by their path; every other page of the app is index.html, whose script reads the path. */
export function addConsole(app: Hono<Shared>, world: World): void {
  app.get('*', (c) => {
    c.set('route', 'console')
    const path = c.req.path
    const found = world.console.get(path) ?? (isPage(path) ? world.console.get('/index.html') : undefined)
    if (found === undefined) return nothingThere()
    c.header('cache-control', found.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    c.header('etag', found.etag)
    if (c.req.header('if-none-match') === found.etag) return c.body(null, 304)
    return c.body(found.bytes, { headers: { 'content-type': found.type } })
  })
}

async function consoleFile(folder: string, path: string): Promise<[string, ConsoleFile]> {
  const url = `/${relative(folder, path).split(sep).join('/')}`
  return [url, file(url, await readFile(path))]
}

function file(url: string, bytes: Buffer<ArrayBuffer>): ConsoleFile {
  return {
    bytes,
    type: TYPES[extname(url)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
    immutable: url.startsWith('/assets/'),
  }
}

/** A missing script must be an error, not a page; but a record may be called `web.js`, below /ports/. */
function isPage(path: string): boolean {
  if (path.startsWith('/assets/') || path.startsWith('/api/')) return false
  return path.lastIndexOf('/') > 0 || !Object.hasOwn(TYPES, extname(path))
}
