import { monitorEventLoopDelay } from 'node:perf_hooks'

import type { ServerStatus } from '../api/desk.ts'
import { counter, exposition, gauge, histogram, type Family, type Sample } from '../lib/metrics.ts'

export interface RequestMetrics {
  /** `route` is an operation's name or another fixed word. */
  request(route: string, status: number, seconds: number): void
  /** The whole exposition. */
  text(status: ServerStatus): string
}

const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10]

export function requestMetrics(): RequestMetrics {
  const durations = histogram(
    'portreeve_http_request_duration_seconds',
    'Requests by operation and status',
    SECONDS,
  )
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  return {
    request: (route, status, seconds) => durations.observe({ route, status: String(status) }, seconds),
    text(status) {
      const p99 = delay.percentile(99) / 1e9
      // Each scrape shows its own interval; over the whole life of a process a bad minute would vanish.
      delay.reset()
      return exposition([durations.family(), ...book(status), ...passes(status), ...processFamilies(p99)])
    },
  }
}

function book(status: ServerStatus): Family[] {
  return [
    gauge('portreeve_ledger_entries', 'Entries of the ledger', [{ value: status.ledgerSize }]),
    gauge('portreeve_ledger_sound', 'Whether the ledger is the one that was signed, as far as it was seen', [
      { value: status.ledger === 'sound' ? 1 : 0 },
    ]),
    gauge('portreeve_sealed_values_lost', 'Sealed values that nobody erased and no key here opens', [
      { value: status.sealed.lost },
    ]),
    counter(
      'portreeve_ledger_scrubs_total',
      'Tiles compared with the entries since the start',
      Object.entries(status.scrubs).map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
    gauge(
      'portreeve_ports_observed',
      'Ports of the book by what was observed',
      states('observed', status.observed),
    ),
    gauge(
      'portreeve_ports_documented',
      'Ports of the book by documentation',
      states('documented', status.documented),
    ),
  ]
}

function states(axis: string, counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([state, value]) => ({ labels: { [axis]: state }, value }))
}

function passes({ passes: { complete, partial, failed, lastSeconds } }: ServerStatus): Family[] {
  const outcomes = Object.entries({ complete, partial, failed })
  const samples = outcomes.map(([outcome, value]) => ({ labels: { outcome }, value }))
  return [
    counter('portreeve_observation_passes_total', 'Passes of observation since the start', samples),
    gauge(
      'portreeve_observation_last_duration_seconds',
      'Duration of the last pass',
      lastSeconds === null ? [] : [{ value: lastSeconds }],
    ),
  ]
}

function processFamilies(p99: number): Family[] {
  return [
    gauge('portreeve_event_loop_delay_p99_seconds', 'Since the scrape before', [
      { value: Number.isFinite(p99) ? p99 : 0 },
    ]),
    gauge('process_resident_memory_bytes', 'Resident memory', [{ value: process.memoryUsage.rss() }]),
  ]
}
