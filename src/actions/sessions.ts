import { createHash } from 'node:crypto'

import type { Actor } from '../api/operations.ts'
import type { SignedIn } from '../api/desk.ts'
import type { Session } from '../api/views.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import type { Environment } from './environment.ts'

const MINUTE = 60_000
/** The first link waits for whoever reads the terminal of a new installation. */
const LINK_LIFE = { first: 60 * MINUTE, later: 15 * MINUTE } as const
const SESSION_LIFE = 30 * 24 * 60 * MINUTE

const LINKS = 'link'
const SESSIONS = 'session'

const ADMINISTRATOR: readonly string[] = ['read', 'declare', 'observe', 'administer']

/** What a link gives, and what a session holds. The store never sees a secret, only its hash as the key. */
interface Person {
  readonly actor: Actor
  readonly name: string
  readonly roles: readonly string[]
}

/** A secret that makes its bearer an administrator, once. It belongs behind the `#` of `/enter#…`, never in a log. */
export async function makeLink(
  env: Environment,
  which: keyof typeof LINK_LIFE = 'later',
): Promise<{ readonly link: string; readonly until: Instant }> {
  const link = secret(env)
  const until = after(env.now(), LINK_LIFE[which])
  const person: Person = {
    actor: { id: `p-${Buffer.from(env.random(6)).toString('hex')}`, capabilities: ADMINISTRATOR },
    name: 'Administrator',
    roles: ['administrator'],
  }
  await env.store.transact((tx) => tx.desk.put(LINKS, hashed(link), JSON.stringify(person), until))
  return { link, until }
}

/** Throws `Refusal` `link-spent`. */
export async function openSession(
  env: Environment,
  link: string,
): Promise<{ readonly session: Session; readonly token: string }> {
  const token = secret(env)
  const until = after(env.now(), SESSION_LIFE)
  // One transaction: a link that is spent has a session, and of two who come with one link one gets in.
  const person = await env.store.transact(async (tx) => {
    const found = await tx.desk.take(LINKS, hashed(link), env.now())
    if (found === null) return null
    await tx.desk.put(SESSIONS, hashed(token), JSON.stringify({ ...JSON.parse(found), until }), until)
    return JSON.parse(found) as Person
  })
  if (person === null) throw spent()
  const { name, roles, actor } = person
  return { session: { name, roles: [...roles], capabilities: [...actor.capabilities], until }, token }
}

/** Null: no such session, or it has ended. */
export async function sessionOf(env: Environment, token: string): Promise<SignedIn | null> {
  const found = await env.store.read.desk.get(SESSIONS, hashed(token), env.now())
  return found === null ? null : (JSON.parse(found) as SignedIn)
}

export async function closeSession(env: Environment, token: string): Promise<void> {
  await env.store.transact((tx) => tx.desk.remove(SESSIONS, hashed(token)))
}

function spent(): Refusal {
  return new Refusal('link-spent', 'this link was used already, or its time is over', {
    hint: 'make a new one on the machine that runs Portreeve: portreeve link',
  })
}

/** 256 bits need no salt and no slow hash: nobody can guess them from the hash. */
function hashed(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function secret(env: Environment): string {
  return Buffer.from(env.random(32)).toString('base64url')
}

function after(now: Instant, milliseconds: number): Instant {
  return new Date(Date.parse(now) + milliseconds).toISOString()
}
