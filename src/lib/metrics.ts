/**
 * Prometheus text exposition format 0.0.4, as much as is needed: counters and gauges that are read when asked,
 * and histograms. Label values come from code, never from requests, so that the number of series is bounded.
 */

type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels?: Labels
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly lines: readonly string[]
}

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return {
    name,
    help,
    type: 'gauge',
    lines: samples.map((sample) => line(name, sample.labels, sample.value)),
  }
}

export function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { ...gauge(name, help, samples), type: 'counter' }
}

export interface Histogram {
  observe(labels: Labels, value: number): void
  family(): Family
}

/** `bounds` ascending, in the unit of the values; the bucket `+Inf` is added. */
export function histogram(name: string, help: string, bounds: readonly number[]): Histogram {
  const series = new Map<string, { labels: Labels; counts: number[]; sum: number; count: number }>()
  return {
    observe(labels, value) {
      const key = labelText(labels)
      const one = series.get(key) ?? { labels, counts: bounds.map(() => 0), sum: 0, count: 0 }
      series.set(key, one)
      const bucket = bounds.findIndex((bound) => value <= bound)
      if (bucket !== -1) one.counts[bucket] = (one.counts[bucket] ?? 0) + 1
      one.sum += value
      one.count += 1
    },
    family: () => ({
      name,
      help,
      type: 'histogram',
      lines: [...series.values()].flatMap((one) => buckets(one)),
    }),
  }

  function buckets(one: { labels: Labels; counts: readonly number[]; sum: number; count: number }): string[] {
    let below = 0
    const cumulative = bounds.map((bound, index) => {
      below += one.counts[index] ?? 0
      return line(`${name}_bucket`, { ...one.labels, le: String(bound) }, below)
    })
    return [
      ...cumulative,
      line(`${name}_bucket`, { ...one.labels, le: '+Inf' }, one.count),
      line(`${name}_sum`, one.labels, one.sum),
      line(`${name}_count`, one.labels, one.count),
    ]
  }
}

export const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8'

export function exposition(families: readonly Family[]): string {
  return families
    .map(({ name, help, type, lines }) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n'),
    )
    .join('')
}

function line(name: string, labels: Labels | undefined, value: number): string {
  return `${name}${labelText(labels ?? {})} ${value}`
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
