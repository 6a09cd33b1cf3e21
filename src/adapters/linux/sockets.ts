import { endianness } from 'node:os'
import type { HostSocket } from '../../discovery/host-socket.ts'
import { parseProcfs } from '../../discovery/procfs.ts'
import { parseSs } from '../../discovery/ss.ts'
import type { PortRange } from '../../model/port.ts'
import type { LiveNamespace } from './namespaces.ts'
import { inodeOf, textOf } from './proc.ts'
import { run } from './run.ts'

/** What listens in one network namespace. */
export interface NamespaceSockets {
  readonly label: string
  readonly sockets: readonly HostSocket[]
  readonly ephemeral: PortRange | null
  readonly unixListeners: number
  /** `counter`: the kernel counts no socket in it. `unread`: it is there and could not be read. */
  readonly by: 'ss' | 'procfs' | 'counter' | 'unread'
  readonly notes: readonly string[]
}

/** Reads one namespace; null where it ceased to exist meanwhile. */
export async function namespaceSockets(namespace: LiveNamespace): Promise<NamespaceSockets | null> {
  const { label } = namespace
  const unixListeners = countUnix(namespace)
  const nothing = { label, sockets: [], ephemeral: null, unixListeners, notes: [] }
  if (isEmpty(namespace)) return { ...nothing, by: 'counter' }
  const answer = await ssIn(namespace)
  if (answer !== null) {
    const { sockets, faults } = parseSs(answer.text, { net: label })
    const notes = faults.slice(0, 5).map((fault) => `${label}: a row of ss: ${fault.message}`)
    const live = sockets.map((socket) => ({ ...socket, line: null }))
    return { label, sockets: live, ephemeral: range(answer.range), unixListeners, by: 'ss', notes }
  }
  const tables = namespace.tables.find((folder) => inodeOf(`${folder}/tcp`) !== null)
  if (tables !== undefined) return fromTables(label, tables, unixListeners)
  const gone = namespace.doors.every((door) => inodeOf(door) === null)
  return gone ? null : { ...nothing, by: 'unread' }
}

/**
 * Sandboxes of browsers and of systemd's PrivateNetwork= make many namespaces in which nothing ever listens; a
 * child process for each would cost more than all the rest. There is no such counter for SCTP.
 */
function isEmpty({ own, tables }: LiveNamespace): boolean {
  const [folder] = tables
  if (own || folder === undefined || inodeOf(`${folder}/sctp`) !== null) return false
  const text = textOf(`${folder}/sockstat`) + textOf(`${folder}/sockstat6`)
  const counts = [...text.matchAll(/^(?:TCP|UDP)6?: inuse (\d+)/gm)].map(([, count]) => count)
  return counts.length >= 2 && counts.every((count) => count === '0')
}

interface SsAnswer {
  /** The namespace's `ip_local_port_range`. */
  readonly range: string
  readonly text: string
}

const RANGE = '/proc/sys/net/ipv4/ip_local_port_range'

async function ssIn({ own, doors }: LiveNamespace): Promise<SsAnswer | null> {
  for (const args of ssArguments()) {
    if (own) {
      const text = await run('ss', args)
      if (text !== null) return { range: textOf(RANGE), text }
      continue
    }
    for (const door of doors) {
      const text = await run('nsenter', [`--net=${door}`, '--', '/bin/sh', '-c', INSIDE, 'sh', ...args])
      if (text !== null) return split(text)
    }
  }
  return null
}

// sysctl answers for the namespace of who asks, so the range is read by the shell that becomes ss.
const INSIDE = `IFS= read -r range <${RANGE}; echo "$range"; exec ss "$@"`

function split(text: string): SsAnswer {
  const end = text.indexOf('\n')
  return { range: text.slice(0, end), text: text.slice(end + 1) }
}

/**
 * `-e` gives the socket's number; the processes behind it are looked up by us, and only when they are new. `-S`
 * would load the kernel's SCTP module where it is not loaded: to look must not change what is looked at.
 * iproute2 before 5.2 knows no `-O`.
 */
export function ssArguments(): readonly string[][] {
  const sctp = inodeOf('/proc/net/sctp') === null ? '' : 'S'
  return [[`-tuln${sctp}HOe`], ['-tulne']]
}

function fromTables(label: string, folder: string, unixListeners: number): NamespaceSockets {
  const littleEndian = endianness() === 'LE'
  const read = (['tcp', 'tcp6', 'udp', 'udp6'] as const).map((table) => {
    const transport = table.startsWith('tcp') ? 'tcp' : 'udp'
    return parseProcfs(textOf(`${folder}/${table}`), { net: label, transport, littleEndian })
  })
  const unread = read.reduce((sum, table) => sum + table.unread, 0)
  return {
    label,
    sockets: read.flatMap((table) => table.sockets),
    ephemeral: range(textOf(RANGE)),
    unixListeners,
    by: 'procfs',
    notes: unread === 0 ? [] : [`${label}: ${unread} rows of ${folder} could not be read`],
  }
}

function range(text: string): PortRange | null {
  const [, first, last] = /^\s*(\d+)\s+(\d+)\s*$/.exec(text) ?? []
  return first === undefined ? null : { first: Number(first), last: Number(last) }
}

/** `__SO_ACCEPTCON` in the fourth column: it waits for connections (proc_pid_net(5)). */
function countUnix({ tables }: LiveNamespace): number {
  const [folder] = tables
  if (folder === undefined) return 0
  return textOf(`${folder}/unix`).match(/^\S+ \S+ \S+ 00010000 /gm)?.length ?? 0
}
