import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { placeIdentity } from './place-identity.ts'

test('a place is known by a keyed hash of the machine id, as OpenSSL computes it', () => {
  const id = 'c7d8b1f0a3e24f6b9a51d0c2e4f60718'
  const args = ['dgst', '-sha256', '-hmac', id]
  const theirs = execFileSync('openssl', args, { input: 'portreeve place v1', encoding: 'utf8' })
  expect(placeIdentity(`${id}\n`)).toBe(/([\da-f]{64})\s*$/.exec(theirs)?.[1]?.slice(0, 32))
})

test('a machine without an id has no identity', () => {
  expect([placeIdentity(''), placeIdentity('\n'), placeIdentity('uninitialized\n')]).toEqual([
    null,
    null,
    null,
  ])
})
