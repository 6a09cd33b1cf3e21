import { expect, test } from 'vitest'

import { flat } from './flat.ts'

test('a spec is listed value by value, by the paths that people write', () => {
  const spec = {
    at: { host: 'db-1' },
    bindings: [{ transport: 'tcp', port: 5432 }],
    audience: ['app-tier', 'ops'],
    safeguards: [],
    reviewBy: null,
  }
  expect(flat(spec)).toEqual([
    { path: 'at.host', text: 'db-1' },
    { path: 'bindings[0].transport', text: 'tcp' },
    { path: 'bindings[0].port', text: '5432' },
    { path: 'audience', text: 'app-tier, ops' },
    { path: 'safeguards', text: 'none' },
    { path: 'reviewBy', text: 'not said' },
  ])
})
