import { type Process, portKeyText } from '../model/port.ts'
import { type HostSocket, UNKNOWN_PROCESS } from './host-socket.ts'
import { boundAddress } from './ip-address.ts'
import { printable } from './printable.ts'

/** The fields that `parseLsof` reads: `lsof -nP -iTCP -iUDP -F<fields>` (lsof(8), OUTPUT FOR OTHER PROGRAMS). */
export const LSOF_FIELDS = 'pcLftdPTn'

export interface LsofText {
  readonly sockets: readonly HostSocket[]
  /** Sockets that could not be read. */
  readonly unread: number
}

/**
 * One field a line, the first letter names it: `p` begins a process, `f` one of its files. lsof says of `*` on an
 * IPv6 socket no more than procfs does: its IPv4 side is unknown. lsof escapes control characters in names itself.
 */
export function parseLsof(text: string, net = 'net:1'): LsofText {
  // A socket that was inherited is listed with each of its processes; `d` tells it from one that shares its port.
  const sockets = new Map<string, HostSocket>()
  let unread = 0
  for (const [index, file] of files(text).entries()) {
    const socket = readFile(file, net)
    if (socket === 'unread') unread++
    if (typeof socket === 'string') continue
    const id = `${portKeyText(socket)} ${file.fields.get('d') ?? index}`
    const known = sockets.get(id)
    sockets.set(id, known === undefined ? socket : { ...known, owners: [...known.owners, ...socket.owners] })
  }
  return { sockets: [...sockets.values()], unread }
}

interface OpenFile {
  readonly owner: Process
  readonly fields: ReadonlyMap<string, string>
}

function files(text: string): OpenFile[] {
  const found: OpenFile[] = []
  let owner = UNKNOWN_PROCESS
  let fields = new Map<string, string>()
  for (const line of text.split(/[\n\0]/)) {
    const [letter, value] = [line.slice(0, 1), line.slice(1)]
    if (letter === 'p') owner = { ...UNKNOWN_PROCESS, pid: Number(value) }
    else if (letter === 'c') owner = { ...owner, name: printable(value) }
    else if (letter === 'L') owner = { ...owner, user: printable(value) }
    else if (letter === 'f') found.push({ owner, fields: (fields = new Map()) })
    else if (letter === 'T') fields.set(line.slice(0, 3), line.slice(4))
    else fields.set(letter, value)
  }
  return found
}

function readFile({ owner, fields }: OpenFile, net: string): HostSocket | 'unread' | 'connected' {
  const transport = fields.get('P')?.toLowerCase()
  const name = fields.get('n') ?? ''
  if ((transport !== 'tcp' && transport !== 'udp') || name.includes('->')) return 'connected'
  // A TCP socket is bound, listening or closing under the same kind of name; only its state tells.
  if ((transport === 'tcp' && fields.get('TST') !== 'LISTEN') || name.endsWith(':*')) return 'connected'
  const [, bare = '', device = null, number] = /^\[?([^\]%]+)\]?(?:%([^\]]+))?\]?:(\d{1,5})$/.exec(name) ?? []
  const wide = fields.get('t') === 'IPv6' ? '::' : '0.0.0.0'
  const bound = boundAddress(bare === '*' ? wide : bare)
  const port = Number(number)
  if (bound === null || !(port >= 1 && port <= 65_535)) return 'unread'
  const flags = bound.address === '::' ? (['ipv4-unknown'] as const) : []
  const rest = { inode: null, uid: null, cgroup: null, line: null }
  return { ...rest, ...bound, net, transport, device, port, owners: [owner], flags }
}
