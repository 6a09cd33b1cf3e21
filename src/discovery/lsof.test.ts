import { describe, expect, test } from 'vitest'
import { parseLsof } from './lsof.ts'

// As lsof 4.91 of macOS prints it with -F pcLftdPTn.
const MAC = `p1
claunchd
Lroot
f7
tIPv6
d0x8a1b2c3d4e5f6071
PTCP
n*:22
TST=LISTEN
TQR=0
TQS=0
f8
tIPv4
d0x8a1b2c3d4e5f6072
PTCP
n*:22
TST=LISTEN
p401
crapportd
Lada
f4
tIPv4
d0x8a1b2c3d4e5f6073
PTCP
n10.0.3.7:49152
TST=LISTEN
f5
tIPv4
d0x8a1b2c3d4e5f6074
PTCP
n10.0.3.7:49152->10.0.3.8:52011
TST=ESTABLISHED
f6
tIPv6
d0x8a1b2c3d4e5f6075
PUDP
n[fe80::1]:5353
f7
tIPv6
d0x8a1b2c3d4e5f6076
PUDP
n[fe80:5::2%en0]:123
f9
tIPv4
d0x8a1b2c3d4e5f6077
PUDP
n*:*
f10
tIPv4
d0x8a1b2c3d4e5f6078
PTCP
n127.0.0.1:8080
TST=CLOSED
p402
crapportd-child
Lada
f4
tIPv4
d0x8a1b2c3d4e5f6073
PTCP
n10.0.3.7:49152
TST=LISTEN
`

describe('the output of lsof', () => {
  const { sockets, unread } = parseLsof(MAC)

  test('gives what listens with process and account; connections and unbound sockets are left out', () => {
    expect(unread).toBe(0)
    expect(sockets.map(({ transport, address, device, port }) => [transport, address, device, port])).toEqual(
      [
        ['tcp', '::', null, 22],
        ['tcp', '0.0.0.0', null, 22],
        ['tcp', '10.0.3.7', null, 49_152],
        ['udp', 'fe80::1', null, 5353],
        ['udp', 'fe80:5::2', 'en0', 123],
      ],
    )
    expect(sockets[0]?.owners).toMatchObject([{ pid: 1, name: 'launchd', user: 'root' }])
  })

  test('does not tell whether IPv4 reaches an IPv6 socket on every address, so that is said', () => {
    expect(sockets[0]?.flags).toEqual(['ipv4-unknown'])
    expect(sockets[1]?.flags).toEqual([])
  })

  test('lists an inherited socket with each process; it is one socket with two owners', () => {
    expect(sockets[2]?.owners.map(({ pid }) => pid)).toEqual([401, 402])
  })

  test('that is nonsense is counted', () => {
    expect(parseLsof('p1\nf3\nPTCP\nnwhat\nTST=LISTEN\n')).toEqual({ sockets: [], unread: 1 })
    expect(parseLsof('hello\n\n')).toEqual({ sockets: [], unread: 0 })
  })
})
