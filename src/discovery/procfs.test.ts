import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseProcfs } from './procfs.ts'

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 01004D0A:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000    70        0 33020 1 0000000000000000 100 0 0 10 0
   1: 0100007F:9759 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 33023 1 0000000000000000 20 4 30 10 -1
`
const TCP6 = `   0: 00000000000000000000000000000000:1B5B 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 33019 1 00 100 0 0 10 0
   1: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 33018 1 00 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:1F45 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 33017 1 00 100 0 0 10 0
`
const tcp = { net: 'net:1', transport: 'tcp', littleEndian: true } as const

describe('the socket tables of procfs', () => {
  test('give listeners with address, account and number; connections are left out', () => {
    expect(parseProcfs(TCP, tcp)).toMatchObject({
      unread: 0,
      sockets: [{ address: '10.77.0.1', port: 5432, uid: 70, inode: 33020, family: 'ipv4', flags: [] }],
    })
  })

  test('do not say whether IPv4 reaches `::`, so that is said', () => {
    expect(parseProcfs(TCP6, tcp).sockets).toMatchObject([
      { address: '::', port: 7003, family: 'ipv6', flags: ['ipv4-unknown'] },
      { address: '2001:db8::1', port: 80, family: 'ipv6', flags: [] },
      { address: '127.0.0.1', port: 8005, family: 'ipv4' },
    ])
  })

  test('are written in the byte order of the machine', () => {
    const text = TCP.replace('01004D0A', '0A4D0001')
    expect(parseProcfs(text, { ...tcp, littleEndian: false }).sockets[0]?.address).toBe('10.77.0.1')
  })

  test('list a UDP socket without a peer, in its own state', () => {
    const row =
      ' 6344: 00000000:D09B 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 33021 2 00 0'
    expect(parseProcfs(row, { ...tcp, transport: 'udp' }).sockets).toMatchObject([
      { port: 53403, inode: 33021 },
    ])
    expect(parseProcfs(row, tcp).sockets).toEqual([])
  })

  test('never throw, and count what cannot be read', () => {
    fc.assert(fc.property(fc.string(), (text) => parseProcfs(text, tcp).unread >= 0))
    expect(parseProcfs('nonsense', tcp).unread).toBe(1)
  })
})
