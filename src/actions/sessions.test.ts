import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'

import type { DeskRows } from '../model/desk.ts'
import { Refusal } from '../model/refusal.ts'
import type { Environment } from './environment.ts'
import { closeSession, makeLink, openSession, sessionOf } from './sessions.ts'

/** Rows with an end, in memory; everything that was ever written stays in `written`. */
function installation() {
  const rows = new Map<string, { value: string; until: string }>()
  const written: string[] = []
  const live = (key: string, now: string) => {
    const row = rows.get(key)
    return row !== undefined && row.until > now ? row.value : null
  }
  const desk: DeskRows = {
    get: async (space, key, now) => live(`${space}/${key}`, now),
    put: async (space, key, value, until) => {
      written.push(`${space}/${key}=${value}`)
      rows.set(`${space}/${key}`, { value, until })
    },
    take: async (space, key, now) => {
      const value = live(`${space}/${key}`, now)
      rows.delete(`${space}/${key}`)
      return value
    },
    remove: async (space, key) => void rows.delete(`${space}/${key}`),
  }
  const clock = { now: Date.parse('2026-03-02T10:00:00.000Z') }
  const store = {
    read: { desk },
    transact: async <T>(work: (tx: { desk: DeskRows }) => Promise<T>) => work({ desk }),
  }
  const env = {
    now: () => new Date(clock.now).toISOString(),
    random: (bytes: number) => randomBytes(bytes),
    store,
  } as unknown as Environment
  return { env, clock, written, pass: (minutes: number) => (clock.now += minutes * 60_000) }
}

test('a link opens one session, for an administrator, and then it is spent', async () => {
  const { env } = installation()
  const { link } = await makeLink(env, 'first')
  const { session, token } = await openSession(env, link)
  expect(session).toEqual({
    name: 'Administrator',
    roles: ['administrator'],
    capabilities: ['read', 'declare', 'observe', 'administer'],
    until: '2026-04-01T10:00:00.000Z',
  })
  expect((await sessionOf(env, token))?.actor.capabilities).toEqual([
    'read',
    'declare',
    'observe',
    'administer',
  ])
  await expect(openSession(env, link)).rejects.toMatchObject({ code: 'link-spent' })
})

test.each([
  ['first', 59, 61],
  ['later', 14, 16],
] as const)('the %s link holds for %d minutes and not for %d', async (which, holds, ends) => {
  for (const [minutes, opens] of [
    [holds, true],
    [ends, false],
  ] as const) {
    const { env, pass } = installation()
    const { link } = await makeLink(env, which)
    pass(minutes)
    const opened = await openSession(env, link).catch((error: unknown) => error)
    expect(opened instanceof Refusal).toBe(!opens)
  }
})

test('what is stored opens nothing: neither the link nor the token stands in the store', async () => {
  const { env, written } = installation()
  const { link } = await makeLink(env)
  const { token } = await openSession(env, link)
  expect(written).toHaveLength(2)
  expect(written.join('\n')).not.toContain(link)
  expect(written.join('\n')).not.toContain(token)
  expect(Buffer.from(link, 'base64url')).toHaveLength(32)
})

test('a session ends after thirty days, or when its holder signs out', async () => {
  const { env, pass } = installation()
  const { token } = await openSession(env, (await makeLink(env)).link)
  const other = await openSession(env, (await makeLink(env)).link)
  await closeSession(env, token)
  expect(await sessionOf(env, token)).toBeNull()
  expect(await sessionOf(env, other.token)).not.toBeNull()
  pass(30 * 24 * 60 + 1)
  expect(await sessionOf(env, other.token)).toBeNull()
})

test('two people with two links have two pseudonyms', async () => {
  const { env } = installation()
  const people = [await makeLink(env), await makeLink(env)].map(async ({ link }) => {
    const { token } = await openSession(env, link)
    return (await sessionOf(env, token))?.actor.id
  })
  const [one, two] = await Promise.all(people)
  expect(one).toMatch(/^[a-z0-9_-]+$/)
  expect(one).not.toBe(two)
})
