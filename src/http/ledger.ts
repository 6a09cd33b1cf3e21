import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

import type { Hono } from 'hono'

import { Refusal } from '../model/refusal.ts'
import { authorize, callerOf } from './caller.ts'
import type { Door, RequestContext, Shared, World } from './world.ts'

const zipped = promisify(gzip)

/**
 * The log as C2SP tlog-tiles serves it, below `/ledger`. A book is private unless its operator says otherwise:
 * entries name ports, systems and reasons.
 */
export function addLedger(app: Hono<Shared>, world: World, door: Door): void {
  app.get('/ledger/checkpoint', async (c) => checkpoint(c, world, door, undefined))
  app.get('/ledger/checkpoint/:size', async (c) => checkpoint(c, world, door, sizeIn(c.req.param('size'))))
  // A folder cannot hold a file and a folder of one name, so an export has the archive under this one.
  app.get('/ledger/checkpoints/:size', async (c) => checkpoint(c, world, door, sizeIn(c.req.param('size'))))
  app.get('/ledger/tile/*', async (c) => tile(c, world, door))
}

async function checkpoint(
  c: RequestContext,
  world: World,
  door: Door,
  size: number | undefined,
): Promise<Response> {
  c.set('route', 'ledgerCheckpoint')
  await admit(c, world, door)
  const { note } = await world.desk.call('showCheckpoint', size === undefined ? {} : { size })
  // The newest one changes, and an archived one may still gain a cosignature.
  return c.body(note, {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' },
  })
}

async function tile(c: RequestContext, world: World, door: Door): Promise<Response> {
  c.set('route', 'ledgerTile')
  await admit(c, world, door)
  const path = c.req.path.slice('/ledger/'.length)
  if (path.length > LONGEST) throw new Refusal('not-found', 'the log has no such tile')
  const bytes = Buffer.from((await world.desk.call('readTile', { path })).bytes, 'base64')
  const keep = `${world.publicLedger ? 'public' : 'private'}, max-age=31536000, immutable`
  const headers = {
    'content-type': 'application/octet-stream',
    'cache-control': keep,
    vary: 'accept-encoding',
  }
  // Hashes do not compress; entries are text.
  const squeeze = path.startsWith('tile/entries/') && takesGzip(c.req.header('accept-encoding'))
  return squeeze
    ? c.body(await zipped(bytes), { headers: { ...headers, 'content-encoding': 'gzip' } })
    : c.body(bytes, { headers })
}

/** `tile/entries/x999/…/999.p/255` with as many groups as a safe integer has is shorter. */
const LONGEST = 60

async function admit(c: RequestContext, world: World, door: Door): Promise<void> {
  c.set('caller', await callerOf(c, world, door))
  if (!world.publicLedger) authorize({ capability: 'read' }, c.get('caller'))
}

function sizeIn(text: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return Number(text)
  throw new Refusal('not-found', 'a checkpoint is named by a number of entries')
}

function takesGzip(accepted = ''): boolean {
  return accepted.split(',').some((coding) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(coding))
}
