import { expect, test } from 'vitest'
import { Refusal } from '../model/refusal.ts'
import { readSsText } from './ss-text.ts'

const options = { host: 'db-1', vantage: 'on-host', digest: null }

test('recorded ss text becomes the sightings of the host it is said to be from, each with its line', () => {
  const reading = readSsText(
    'rec/db-1.txt',
    'Netid State Recv-Q\ntcp LISTEN 0 1 10.0.3.7:5432 *:*\nu_str LISTEN 0 1 /a 1 * 0\n',
    options,
  )
  expect(reading.source).toEqual({ name: 'rec/db-1.txt', kind: 'ss-text', vantage: 'on-host', digest: null })
  expect(reading.complete).toBe(true)
  expect(reading.places[0]).toMatchObject({ place: { kind: 'host', name: 'db-1' }, absent: [] })
  expect(reading.places[0]?.sightings).toMatchObject([
    { port: 5432, address: '10.0.3.7', net: 'net:1', span: { file: 'rec/db-1.txt', line: 2 }, state: 'open' },
  ])
  expect(reading.notes).toContain('1 unix row not listed')
})

test('a line that cannot be read is a note; the reading is then not complete', () => {
  const reading = readSsText('a.txt', 'tcp LISTEN 0 1 *:22 *:*\nrubbish\n', options)
  expect(reading.complete).toBe(false)
  expect(reading.notes).toContain('line 2: not a row of ss')
})

test('a thousand unreadable lines are not a thousand notes', () => {
  const reading = readSsText('a.txt', `tcp LISTEN 0 1 *:22 *:*\n${'rubbish\n'.repeat(1000)}`, options)
  expect(reading.notes).toHaveLength(22)
  expect(reading.notes.at(-1)).toBe('980 more lines could not be read')
})

test('text without a single row is refused with its lines and the command to record it', () => {
  const refusal = (() => {
    try {
      return readSsText('a.txt', 'hello\nworld\n', options)
    } catch (error) {
      return error as Refusal
    }
  })()
  expect(refusal).toBeInstanceOf(Refusal)
  expect(refusal).toMatchObject({
    code: 'source-invalid',
    hint: 'record it with: ss -tulpnH -O',
    faults: [{ position: { file: 'a.txt', line: 1, column: 1 } }, { position: { line: 2 } }],
  })
})

test('an empty text is a host on which nothing was listed', () => {
  expect(readSsText('a.txt', '', options).places[0]?.sightings).toEqual([])
})
