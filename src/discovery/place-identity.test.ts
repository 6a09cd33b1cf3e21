import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { bootIdentity, placeIdentity } from './place-identity.ts'

test.each([
  ['a place', 'the machine id', 'portreeve place v1', placeIdentity],
  ['a run of the kernel', 'the boot id', 'portreeve boot v1', bootIdentity],
])('%s is known by a keyed hash of %s, as OpenSSL computes it', (_, __, input, identityOf) => {
  const id = 'c7d8b1f0a3e24f6b9a51d0c2e4f60718'
  const args = ['dgst', '-sha256', '-hmac', id]
  const theirs = execFileSync('openssl', args, { input, encoding: 'utf8' })
  expect(identityOf(`${id}\n`)).toBe(/([\da-f]{64})\s*$/.exec(theirs)?.[1]?.slice(0, 32))
})

test('a machine without an id has no identity', () => {
  expect([placeIdentity(''), placeIdentity('\n'), placeIdentity('uninitialized\n')]).toEqual([
    null,
    null,
    null,
  ])
})
