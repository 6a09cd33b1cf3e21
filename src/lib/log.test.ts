import { expect, test } from 'vitest'

import { jsonLog } from './log.ts'

function recorded(level: 'debug' | 'warn') {
  const lines: string[] = []
  const log = jsonLog({ write: (line) => lines.push(line), now: () => '2026-03-02T00:00:00.000Z', level })
  return { log, lines }
}

test('an event is one line of JSON, even when a value holds a line break', () => {
  const { log, lines } = recorded('debug')
  log.info('request', { id: 'r1', text: 'a\n{"level":"error"}' })
  expect(lines).toHaveLength(1)
  expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1)
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    at: '2026-03-02T00:00:00.000Z',
    level: 'info',
    event: 'request',
    id: 'r1',
    text: 'a\n{"level":"error"}',
  })
})

test('fields cannot pose as the time, the level or the event', () => {
  const { log, lines } = recorded('debug')
  log.warn('request', { at: 'never', level: 'debug', event: 'nothing' })
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warn',
    event: 'request',
    at: '2026-03-02T00:00:00.000Z',
  })
})

test('what is below the level is not written', () => {
  const { log, lines } = recorded('warn')
  log.info('quiet')
  log.error('loud')
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['loud'])
})
