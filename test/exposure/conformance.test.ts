import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

import { manifestFacts } from '../../src/discovery/kubernetes/manifest.ts'
import { connectivityOf } from '../../src/exposure/connectivity.ts'
import { connectionListOf, exposureListOf } from '../../src/exposure/notation.ts'

const NETPOL = resolve(process.env['PORTREEVE_SHARED'] ?? '../shared', 'conformance/netpol')

describe.skipIf(!existsSync(NETPOL))(
  'netpol-analyzer answers alike (skipped where its cases are absent)',
  () => {
    for (const file of existsSync(NETPOL) ? readdirSync(join(NETPOL, 'expected')).sort() : []) {
      const [, name = '', kind = ''] = /^(.+)_(connlist|exposure)_output\.json$/.exec(file) ?? []
      test(`${name}: ${kind}`, () => {
        const folder = join(NETPOL, 'cases', name)
        const facts = readdirSync(folder)
          .filter((one) => /\.ya?ml$/.test(one))
          .map((one) => manifestFacts(one, readFileSync(join(folder, one), 'utf8')))
        const expected: unknown = JSON.parse(readFileSync(join(NETPOL, 'expected', file), 'utf8'))
        const connectivity = connectivityOf(facts)
        const answer =
          kind === 'connlist' ? [...connectionListOf(connectivity)] : exposureListOf(connectivity)
        expect(sorted(answer)).toEqual(sorted(expected))
      })
    }
  },
)

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => JSON.stringify(one)).sort()
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sorted(one)]))
}
