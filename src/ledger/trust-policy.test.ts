import { existsSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { Refusal } from '../model/refusal.ts'
import { cosignaturesOn } from './cosignature.ts'
import { isQuorum, parseTrustPolicy, policyLines } from './trust-policy.ts'

// Keys of RFC 8032 section 7.1, tests 1 to 3, as cosigners; and of test 1 as a log.
const W1 = 'w.example/1+711f387f+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea'
const GOLDEN = '../shared/reference/ledger-golden'

describe('a policy', () => {
  test.skipIf(!existsSync(GOLDEN))(
    'of the reference is read, and its witness verified on its checkpoint',
    () => {
      const policy = parseTrustPolicy(readFileSync(`${GOLDEN}/policy.txt`, 'utf8'), 'policy.txt')
      expect(policy).toMatchObject({ quorum: 'w1', logs: [{ url: null }], witnesses: [{ alias: 'w1' }] })
      const cosigned = cosignaturesOn(readFileSync(`${GOLDEN}/checkpoint`, 'utf8'), policy.witnesses)
      expect(cosigned.map(({ name }) => name)).toEqual(['witness.example.test/w1'])
    },
  )

  test('counts witnesses by groups of groups', () => {
    const names = ['x1', 'x2', 'x3', 'y1', 'y2']
    const policy = {
      logs: [],
      witnesses: [],
      groups: [
        { alias: 'x', threshold: 2, members: ['x1', 'x2', 'x3'] },
        { alias: 'y', threshold: 1, members: ['y1', 'y2'] },
        { alias: 'both', threshold: 2, members: ['x', 'y'] },
      ],
      quorum: 'both',
    }
    fc.assert(
      fc.property(fc.subarray(names), (cosigned) => {
        const xs = cosigned.filter((name) => name.startsWith('x')).length
        const ys = cosigned.length - xs
        expect(isQuorum(policy, new Set(cosigned))).toBe(xs >= 2 && ys >= 1)
      }),
    )
    expect(isQuorum({ ...policy, quorum: null }, new Set())).toBe(true)
    expect(isQuorum({ ...policy, quorum: 'x1' }, new Set(['x1']))).toBe(true)
  })

  test('is written as it was read', () => {
    const text = `  witness\tw1 ${W1} https://w.example/1 \n# a remark\n\ngroup g all w1\nquorum g\n`
    const lines = policyLines(parseTrustPolicy(text, 'policy'))
    expect(lines).toEqual([`witness w1 ${W1} https://w.example/1`, 'group g 1 w1', 'quorum g'])
    expect(policyLines(parseTrustPolicy(lines.join('\n'), 'policy'))).toEqual(lines)
  })

  test.each([
    ['no quorum', `witness w1 ${W1}\n`],
    ['two quorums', 'quorum none\nquorum none\n'],
    ['a quorum that is defined later', `quorum w1\nwitness w1 ${W1}\n`],
    ['a word that begins no line', 'witnes w1\nquorum none\n'],
    ['a carriage return', 'quorum none\r\n'],
    ['a key of the wrong type', `log ${W1}\nquorum none\n`],
    ['a key with another id', `witness w1 ${W1.replace('711f387f', '711f3880')}\nquorum none\n`],
    ['a key twice', `witness w1 ${W1}\nwitness w2 ${W1}\nquorum none\n`],
    ['a name twice', `witness w1 ${W1}\ngroup w1 any w1\nquorum none\n`],
    ['the name none', `witness none ${W1}\nquorum none\n`],
    ['none in a group', 'group g any none\nquorum g\n'],
    ['an empty group', 'group g any\nquorum g\n'],
    ['a member twice', `witness w1 ${W1}\ngroup g 1 w1 w1\nquorum g\n`],
    ['a member of two groups', `witness w1 ${W1}\ngroup g 1 w1\ngroup h 1 w1\nquorum g\n`],
    ['more than all', `witness w1 ${W1}\ngroup g 2 w1\nquorum g\n`],
    ['none of them', `witness w1 ${W1}\ngroup g 0 w1\nquorum g\n`],
    ['a number with a zero in front', `witness w1 ${W1}\ngroup g 01 w1\nquorum g\n`],
    ['an address that is none', `witness w1 ${W1} file:///etc/passwd\nquorum none\n`],
    [
      'a low-order key',
      'witness w1 w.example/1+00000000+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nquorum none\n',
    ],
  ])('with %s is refused', (_, text) => {
    expect(() => parseTrustPolicy(text, 'policy')).toThrow(Refusal)
  })

  test('of whatever text is read or refused', () => {
    const words = fc.constantFrom(
      'witness',
      'group',
      'quorum',
      'log',
      'none',
      'w1',
      W1,
      'all',
      'any',
      '1',
      '#',
      '\n',
      '\t',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 30 }).map((list) => list.join(' ')),
        ),
        (text) => {
          expect(outcome(text)).toBeOneOf(['read', 'bad-input'])
        },
      ),
    )
  })
})

function outcome(text: string): string {
  try {
    parseTrustPolicy(text, 'policy')
    return 'read'
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}
