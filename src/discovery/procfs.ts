import type { Transport } from '../model/port.ts'
import type { HostSocket } from './host-socket.ts'
import { boundAddress } from './ip-address.ts'

/**
 * The socket tables of `/proc/<pid>/net/{tcp,tcp6,udp,udp6}` (Linux, Documentation/networking/proc_net_tcp.rst),
 * for where `ss` is missing. They do not show SO_BINDTODEVICE, and list a dual-stack `::` like an IPv6-only one.
 */
export interface ProcfsOptions {
  readonly net: string
  readonly transport: Extract<Transport, 'tcp' | 'udp'>
  /** The kernel prints each 32-bit word of an address in its own byte order. */
  readonly littleEndian: boolean
}

export interface ProcfsText {
  readonly sockets: readonly HostSocket[]
  /** Rows that could not be read. */
  readonly unread: number
}

export function parseProcfs(text: string, options: ProcfsOptions): ProcfsText {
  const rows = text.split('\n').filter((row) => row.trim() !== '' && !/^\s*sl\s/.test(row))
  const read = rows.map((row) => readRow(row, options))
  return {
    sockets: read.filter((socket) => socket !== 'unread' && socket !== 'connected'),
    unread: read.filter((socket) => socket === 'unread').length,
  }
}

// sl, local, remote, state, queues, timer, retransmits, uid, timeout, inode
const ROW =
  /^\s*\d+:\s+((?:[\dA-F]{8}){1,4}):([\dA-F]{4})\s+[\dA-F]+:[\dA-F]{4}\s+([\dA-F]{2})\s+\S+\s+\S+\s+\S+\s+(\d+)\s+\d+\s+(\d+)/
/** TCP_LISTEN, and TCP_CLOSE for a UDP socket without a peer (include/net/tcp_states.h). */
const WAITING = { tcp: '0A', udp: '07' } as const

function readRow(
  row: string,
  { net, transport, littleEndian }: ProcfsOptions,
): HostSocket | 'unread' | 'connected' {
  const [, words = '', port = '', state, uid, inode] = ROW.exec(row) ?? []
  const bound = boundAddress(addressText(words, littleEndian))
  if (bound === null) return 'unread'
  if (state !== WAITING[transport] || port === '0000') return 'connected'
  return {
    ...bound,
    net,
    transport,
    device: null,
    port: parseInt(port, 16),
    inode: Number(inode),
    uid: Number(uid),
    cgroup: null,
    owners: [],
    flags: bound.address === '::' ? ['ipv4-unknown'] : [],
    line: null,
  }
}

/** `01004D0A` is 10.77.0.1 on a little-endian machine. */
function addressText(hex: string, littleEndian: boolean): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => {
    const inWord = word.match(/../g) ?? []
    return littleEndian ? inWord.toReversed() : inWord
  })
  if (bytes.length === 4) return bytes.map((byte) => parseInt(byte, 16)).join('.')
  return bytes.map((byte, index) => (index % 2 === 0 && index > 0 ? `:${byte}` : byte)).join('')
}
