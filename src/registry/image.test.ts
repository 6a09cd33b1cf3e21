import { expect, test } from 'vitest'

import { mayBeImage } from './image.ts'

const ONE = `sha256:${'1'.repeat(64)}`
const TWO = `sha256:${'2'.repeat(64)}`

test.each([
  ['nginx', 'docker.io/library/nginx:latest', true],
  ['library/nginx:1.27', 'index.docker.io/nginx:1.27', true],
  ['nginx:1.27', 'nginx:1.28', false],
  ['nginx:1.27', 'nginx', false],
  ['nginx', 'evil/nginx', false],
  ['acme/shop:1', 'docker.io/acme/shop:1', true],
  ['localhost:5000/shop:1', 'localhost:5000/shop:1', true],
  ['localhost:5000/shop', 'localhost:5001/shop', false],
  ['registry.example/shop:1', 'shop:1', false],
  [`nginx@${ONE}`, `nginx:1.27@${ONE}`, true],
  [`nginx:1.27@${ONE}`, `nginx:1.27@${TWO}`, false],
  [`nginx@${ONE}`, 'nginx:1.27', true],
  [ONE, `registry.example/shop:1@${ONE}`, true],
  [ONE, `nginx@${TWO}`, false],
])('declared %s, and a source says %s: %s', (declared, seen, expected) => {
  expect(mayBeImage(declared, seen)).toBe(expected)
  expect(mayBeImage(seen, declared)).toBe(expected)
})
