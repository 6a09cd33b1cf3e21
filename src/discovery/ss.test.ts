import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSs } from './ss.ts'

const only = (text: string) => {
  const { sockets, faults } = parseSs(text)
  expect(faults).toEqual([])
  expect(sockets).toHaveLength(1)
  return sockets[0]!
}
const bound = (local: string) => {
  const { address, device, port, family, transport } = only(`tcp LISTEN 0 128 ${local} *:* `)
  return { address, device, port, family, transport }
}

describe('an address of ss', () => {
  test('`*` answers on both families, `[::]` on IPv6 alone', () => {
    expect(bound('*:7003')).toEqual({
      address: '*',
      device: null,
      port: 7003,
      family: 'dual',
      transport: 'tcp',
    })
    expect(bound('[::]:7004')).toMatchObject({ address: '::', family: 'ipv6', port: 7004 })
    expect(bound('0.0.0.0:7005')).toMatchObject({ address: '0.0.0.0', family: 'ipv4' })
  })

  test('keeps the device, on whichever side of the bracket it stands', () => {
    expect(bound('0.0.0.0%va:7032')).toMatchObject({ address: '0.0.0.0', device: 'va', port: 7032 })
    expect(bound('[fe80::1]%eth0:53')).toMatchObject({
      address: 'fe80::1',
      device: 'eth0',
      port: 53,
      family: 'ipv6',
    })
    expect(bound('[fe80::1%eth0]:53')).toEqual(bound('[fe80::1]%eth0:53'))
  })

  test('of an IPv6 socket bound to an IPv4-mapped address is IPv4, and says so', () => {
    expect(only('tcp LISTEN 0 100 [::ffff:127.0.0.1]:8005 *:*')).toMatchObject({
      address: '127.0.0.1',
      family: 'ipv4',
      detail: 'an IPv6 socket bound to an IPv4-mapped address',
    })
  })

  test('in the text of an iproute2 before 4.13 is read as that version meant it', () => {
    const { sockets } = parseSs('tcp LISTEN 0 128 *:22 *:*\ntcp LISTEN 0 128 :::22 :::*\n')
    expect(sockets.map(({ address, family, flags }) => [address, family, flags])).toEqual([
      ['0.0.0.0', 'ipv4', []],
      ['::', 'ipv6', ['ipv4-unknown']],
    ])
  })
})

describe('a row of ss', () => {
  test('is read with and without header, wide or narrow, with Windows line ends', () => {
    const text =
      'Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\r\n' +
      'tcp   LISTEN 0      511        127.0.0.1:35511      0.0.0.0:*    users:(("nginx",pid=1,fd=6),("nginx",pid=2,fd=6))\r\n' +
      'udp UNCONN 0 0 0.0.0.0:68 0.0.0.0:*\r\n'
    const { sockets, faults } = parseSs(text)
    expect(faults).toEqual([])
    expect(
      sockets.map(({ transport, port, line, owners }) => [transport, port, line, owners.map((o) => o.pid)]),
    ).toEqual([
      ['tcp', 35511, 2, [1, 2]],
      ['udp', 68, 3, []],
    ])
  })

  test('without its first column is told by its state', () => {
    expect(only('LISTEN 0 128 0.0.0.0:22 0.0.0.0:*').transport).toBe('tcp')
    expect(only('UNCONN 0 0 0.0.0.0:53 0.0.0.0:*').transport).toBe('udp')
  })

  test('may go on in the next line, as it does without -O', () => {
    expect(only('tcp LISTEN 0 128 *:22 *:*\n\t users:(("sshd",pid=7,fd=3)) ino:5 sk:1 <->')).toMatchObject({
      inode: 5,
      owners: [{ pid: 7, name: 'sshd' }],
    })
  })

  test('with -e tells number, account and control group of the socket', () => {
    const row =
      'tcp LISTEN 0 128 *:80 *:* uid:33 ino:33019 sk:1004 cgroup:/system.slice/nginx.service v6only:0 <->   '
    expect(only(row)).toMatchObject({ inode: 33019, uid: 33, cgroup: '/system.slice/nginx.service' })
    expect(only('tcp LISTEN 0 128 *:80 *:* ino:621 sk:1 cgroup:/ <->').uid).toBe(0)
    expect(only('tcp LISTEN 0 128 *:80 *:*').uid).toBeNull()
  })

  test('of SCTP listens too, and keeps its further addresses', () => {
    const row = 'sctp LISTEN 0 128 10.0.0.1:3868 *:* ino:9 sk:2 locals:10.0.0.1,10.1.0.1 <->'
    expect(only(row)).toMatchObject({ transport: 'sctp', port: 3868, detail: 'also on 10.0.0.1,10.1.0.1' })
  })

  test('that is no port is counted: unix sockets, netlink, connections', () => {
    const { sockets, others, faults } = parseSs(
      'u_str LISTEN 0 5 /run/a b.sock 123 * 0\nnl UNCONN 0 0 rtnl:kernel *\nudp ESTAB 0 0 10.0.0.1:50000 10.0.0.2:53\n' +
        'tcp ESTAB 0 0 10.0.0.1:22 10.0.0.2:999\nu_dgr UNCONN 0 0 * 5 * 0',
    )
    expect([sockets, faults]).toEqual([[], []])
    expect([...others]).toEqual([
      ['unix', 2],
      ['nl', 1],
      ['connection', 2],
    ])
  })

  test('that cannot be read is named by its line and stops nothing', () => {
    const { sockets, faults } = parseSs(
      '$ ss -tlp\ntcp LISTEN 0 1 *:ssh *:*\ntcp LISTEN 0 1 *:70000 *:*\ntcp LISTEN 0 1 *:22 *:*',
    )
    expect(sockets.map(({ port }) => port)).toEqual([22])
    expect(faults.map(({ line }) => line)).toEqual([1, 2, 3])
    expect(faults[1]?.message).toBe('`*:ssh` has no port number; run ss with -n')
  })
})

const named = (name: string, more = '') => {
  const row = `tcp LISTEN 0 1 *:22 *:* users:(("${name}",pid=8377,fd=23)${more}) uid:1000 ino:5 sk:1 cgroup:/ <->`
  return only(row)
}

describe('a process that chose its name to be misread', () => {
  test.each(['we"ir,d', 'a b', '",pid=1,fd=1),(', '",pid=1,fd=1)) ', '",pid=1,fd=1)', '(("x"))', '', 'a\tb'])(
    'is still seen under it: %j',
    (name) => {
      const one = named(name)
      expect(one.owners.map(({ pid }) => pid)).toEqual([8377])
      expect(one.owners[0]?.name).toBe(name.replace('\t', '\uFFFD'))
      expect(one).toMatchObject({ uid: 1000, inode: 5 })
      expect(named(name, ',("other",pid=9,fd=3)').owners.map(({ pid }) => pid)).toEqual([8377, 9])
    },
  )

  test('cannot lend its socket an account by the name of its control group', () => {
    const row = 'tcp LISTEN 0 1 *:22 *:* uid:1000 ino:5 sk:1 cgroup:/user.slice/x uid:0 ino:1 v6only:0 <->'
    expect(only(row)).toMatchObject({ uid: 1000, inode: 5, cgroup: '/user.slice/x uid:0 ino:1' })
  })

  test('of 15 bytes and any kind is read as itself', () => {
    const piece = fc.constantFrom('"', ',', '(', ')', 'pid=1', 'fd=1', ' ', 'a', '",pid=')
    const name = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('').slice(0, 15))
    fc.assert(
      fc.property(name, name, (first, second) => {
        const { owners } = named(first, `,("${second}",pid=10,fd=3)`)
        expect(owners.map((owner) => [owner.pid, owner.name])).toEqual([
          [8377, first],
          [10, second],
        ])
      }),
    )
  })

  test('with a line feed in it loses its process list and not its port', () => {
    const { sockets, faults } = parseSs('tcp LISTEN 0 1 *:22 *:* users:(("a\nb",pid=1,fd=2))\n')
    expect(sockets.map(({ port, owners }) => [port, owners])).toEqual([[22, []]])
    expect(faults.map(({ line }) => line)).toEqual([1, 2])
  })
})

test('a row padded to cost time is read like any other', () => {
  const spaces = ' '.repeat(200_000)
  expect(only(`tcp LISTEN 0 1 *:22 *:*${spaces} ino:5 sk:1 cgroup:/a${spaces}b <->`)).toMatchObject({
    inode: 5,
  })
})

test('no text makes parseSs throw', () => {
  const token = fc.constantFrom(
    'tcp',
    'udp',
    'LISTEN',
    'UNCONN',
    '0',
    '*:22',
    '[::]:1',
    'users:((',
    '"a"',
    '\n',
    '\t',
    ' ',
    '%',
  )
  const rowish = fc.array(token).map((tokens) => tokens.join(' '))
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary-ascii' }), rowish), (text) => {
      for (const { port } of parseSs(text).sockets) expect(port >= 1 && port <= 65_535).toBe(true)
    }),
  )
})
