import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { formatAddCheckpoint, judgeCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts'

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))
const request = fc.record({
  old: fc.maxSafeNat(),
  proof: fc.array(hash, { maxLength: 63 }),
  note: fc.string(),
})

test('a request is read as it was written', () => {
  fc.assert(
    fc.property(request, (one) => {
      const read = parseAddCheckpoint(Buffer.from(formatAddCheckpoint(one)))
      expect({ ...read, proof: read?.proof.map((bytes) => Buffer.from(bytes)) }).toEqual(one)
    }),
  )
})

test('whatever the body, it is judged or refused, and never cosigned without a key that is known', () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    request.map((one) => Buffer.from(formatAddCheckpoint(one))),
  )
  fc.assert(
    fc.property(body, (bytes) => {
      const read = parseAddCheckpoint(bytes)
      const status = read === null ? 400 : judgeCheckpoint(read, new Map(), null).status
      expect(status).toBeOneOf([400, 404])
    }),
    { numRuns: 1000 },
  )
})
