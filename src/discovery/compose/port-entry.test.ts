import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lengthOf, portEntry, shortSyntax } from './port-entry.ts'
import type { PortEntry } from './port-entry.ts'

const SPAN = { file: 'compose.yaml', line: 1 }

function read(text: string): PortEntry | string {
  let fault = 'no fault'
  return portEntry(shortSyntax(text), SPAN, (message) => (fault = message)) ?? fault
}

function one(port: number) {
  return { first: port, last: port }
}

describe('the short syntax of a port', () => {
  test.each([
    ['8080:80', { address: '*', published: one(8080), target: one(80), transport: 'tcp' }],
    ['22:22', { address: '*', published: one(22), target: one(22), transport: 'tcp' }],
    ['127.0.0.1:8080:80', { address: '127.0.0.1', published: one(8080), target: one(80) }],
    ['0.0.0.0:8080:80', { address: '0.0.0.0', published: one(8080) }],
    ['[::1]:8080:80', { address: '::1', published: one(8080), target: one(80) }],
    ['::1:8080:80', { address: '::1', published: one(8080), target: one(80) }],
    ['[0:0:0:0:0:0:0:1]:8080:80', { address: '::1' }],
    ['53:53/UDP', { published: one(53), target: one(53), transport: 'udp' }],
    ['9999:9999/sctp', { transport: 'sctp' }],
    ['8000-8010:80-90', { published: { first: 8000, last: 8010 }, target: { first: 80, last: 90 } }],
    ['1-65535:1-65535', { published: { first: 1, last: 65_535 } }],
    ['8600', { address: '*', published: null, target: one(8600), remarks: [] }],
    ['8000-8010', { published: null, target: { first: 8000, last: 8010 } }],
    ['0:80', { published: null, target: one(80) }],
    ['127.0.0.1::80', { address: '127.0.0.1', published: null, target: one(80) }],
    [
      '8000-8010:80',
      { published: null, target: one(80), remarks: ['published on a free port of 8000-8010'] },
    ],
  ])('%s', (text, expected) => {
    expect(read(text)).toMatchObject(expected)
  })

  test.each([
    ['${PORT}:80', { published: null, target: one(80), remarks: ['published ${PORT}'] }],
    ['$PORT:80', { published: null, target: one(80), remarks: ['published $PORT'] }],
    ['${PORT:-8080}:80', { published: null, target: one(80), remarks: ['published ${PORT:-8080}'] }],
    ['${A:-${B:-1}}:80', { published: null, remarks: ['published ${A:-${B:-1}}'] }],
    [
      '${IP:-127.0.0.1}:8080:80',
      { address: null, published: one(8080), remarks: ['address ${IP:-127.0.0.1}'] },
    ],
    [
      '8080:${PORT:?no/port}',
      { published: one(8080), target: null, remarks: ['container port ${PORT:?no/port}'] },
    ],
    ['${FIRST}-${LAST}:80', { published: null, target: one(80) }],
    ['${PORTS}', { published: null, target: null, remarks: ['container port ${PORTS}'] }],
    ['53:53/${PROTO}', { published: one(53), transport: 'tcp', remarks: ['protocol ${PROTO}, read as tcp'] }],
  ])('a variable stays unknown, and its text is kept: %s', (text, expected) => {
    expect(read(text)).toMatchObject(expected)
  })

  test.each([
    ['70000:80', '"70000" is not a port or a range of ports'],
    ['8010-8000:80', '"8010-8000" is not a port or a range of ports'],
    ['8000-8002:80-81', '3 published ports cannot stand for 2 container ports'],
    ['80:80/icmp', '"icmp" is not tcp, udp or sctp'],
    ['localhost:80:80', '"localhost" is not an IP address'],
    ['999.0.0.1:80:80', '"999.0.0.1" is not an IP address'],
    ['', '"" is not a port or a range of ports'],
    ['80:', '"" is not a port or a range of ports'],
    ['a:b', '"b" is not a port or a range of ports'],
    ['80:80/tcp/udp', '"tcp/udp" is not tcp, udp or sctp'],
    ['99999999999999999999:80', '"99999999999999999999" is not a port or a range of ports'],
  ])('what Docker refuses is refused: "%s"', (text, fault) => {
    expect(read(text)).toBe(fault)
  })

  const port = fc.integer({ min: 1, max: 65_535 })
  const address = fc.oneof(
    fc.constant(''),
    fc.ipV4(),
    fc.ipV6().map((ip) => `[${ip}]`),
  )

  test('whatever is written with numbers is read back as those numbers', () => {
    fc.assert(
      fc.property(
        address,
        port,
        port,
        fc.constantFrom('tcp', 'udp', 'sctp'),
        (ip, published, target, transport) => {
          const text = `${ip === '' ? '' : `${ip}:`}${published}:${target}/${transport}`
          expect(read(text)).toMatchObject({ published: one(published), target: one(target), transport })
        },
      ),
    )
  })

  test('any text is read or refused, never thrown at, and ranges are of one length', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9:\-/[\]${}a-z.]{0,40}$/), (text) => {
        const entry = read(text)
        if (typeof entry === 'string' || entry.published === null || entry.target === null) return
        expect(lengthOf(entry.published)).toBe(lengthOf(entry.target))
      }),
    )
  })
})
