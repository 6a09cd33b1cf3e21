import { readFileSync, writeFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { client, SOCKET, type Client } from '../../test/http/client.ts'
import type { Operation } from '../api/operation.ts'
import { OPERATIONS } from '../api/operations.ts'
import { PROBLEM_STATUS } from '../api/problem.ts'

const SNAPSHOT = new URL('../../test/authorization.txt', import.meta.url)
const ASKERS = ['nobody', 'session', 'reader', 'operator'] as const

/** `UPDATE=1 vitest run src/http/authorization.test.ts` writes the table; reading its difference is the review. */
test('the authorization table says for every operation who may do it', async () => {
  const rows = await Promise.all(
    routes().map(async (route) => [route.name, route.at, ...(await outcomes(route))]),
  )
  const table = aligned([['operation', 'request', ...ASKERS], ...rows])
  if (process.env['UPDATE'] !== undefined) writeFileSync(SNAPSHOT, table)
  expect(table).toBe(readFileSync(SNAPSHOT, 'utf8'))
  expect(rows.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(OPERATIONS)))
})

interface Route {
  readonly name: string
  readonly at: string
  readonly method: string
  readonly path: string
}

function routes(): Route[] {
  const operations = Object.entries<Operation>(OPERATIONS).map(([name, { method, path }]) => {
    return {
      name,
      method,
      at: `${method} /api/v1${path}`,
      path: `/api/v1${path.replaceAll(/\{\w+\}/g, '1')}`,
    }
  })
  const others = [
    '/api/v1/events',
    '/ledger/checkpoint',
    '/ledger/checkpoint/7',
    '/ledger/tile/0/000',
    '/openapi.json',
    '/metrics',
    '/healthz',
    '/readyz',
    '/',
  ]
  return [...operations, ...others.map((path) => ({ name: '-', method: 'GET', at: `GET ${path}`, path }))]
}

/** What each asker is told at the border; an answer of the desk, or a mistake in the input, lies behind it. */
async function outcomes(route: Route): Promise<string[]> {
  const person = await client()
  const reader = await client()
  const desk = { ...reader.world.desk }
  const { cookie } = await reader.signIn()
  Object.assign(reader.world.desk, {
    sessionOf: async (token: string) => {
      const found = await desk.sessionOf(token)
      return found === null ? null : { ...found, actor: { id: 'reader', capabilities: ['read'] } }
    },
  })
  return Promise.all([
    outcome(await client(), route, {}),
    outcome(person, route, await person.signIn()),
    outcome(reader, route, { cookie }),
    outcome(await client(SOCKET), route, {}),
  ])
}

async function outcome(
  { ask, closing }: Client,
  route: Route,
  headers: Record<string, string>,
): Promise<string> {
  const response = await ask(route.method, route.path, {
    headers,
    ...(route.method === 'POST' ? { body: {} } : {}),
  })
  closing.abort()
  if (response.status === PROBLEM_STATUS['signed-out']) return 'signed-out'
  return response.status === PROBLEM_STATUS.forbidden ? 'forbidden' : 'allowed'
}

function aligned(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(width(column))).join('  ')
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('')
}
