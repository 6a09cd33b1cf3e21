import { expect, test } from 'vitest'

import { counter, exposition, gauge, histogram } from './metrics.ts'

test('families are written in the exposition format of Prometheus', () => {
  expect(
    exposition([
      gauge('ports', 'Ports of the book', [{ labels: { observed: 'open' }, value: 3 }]),
      counter('passes_total', 'Passes', [{ value: 7 }]),
    ]),
  ).toBe(
    '# HELP ports Ports of the book\n# TYPE ports gauge\nports{observed="open"} 3\n' +
      '# HELP passes_total Passes\n# TYPE passes_total counter\npasses_total 7\n',
  )
})

test('buckets of a histogram count everything at or below their bound', () => {
  const seconds = histogram('request_seconds', 'Duration', [0.1, 1])
  for (const value of [0.1, 0.5, 3]) seconds.observe({ route: 'overview' }, value)
  expect(seconds.family().lines).toEqual([
    'request_seconds_bucket{route="overview",le="0.1"} 1',
    'request_seconds_bucket{route="overview",le="1"} 2',
    'request_seconds_bucket{route="overview",le="+Inf"} 3',
    'request_seconds_sum{route="overview"} 3.6',
    'request_seconds_count{route="overview"} 3',
  ])
})

test('a label value cannot end its line', () => {
  expect(gauge('g', 'g', [{ labels: { a: '"} 1\nevil 2\\' }, value: 1 }]).lines).toEqual([
    'g{a="\\"} 1\\nevil 2\\\\"} 1',
  ])
})
