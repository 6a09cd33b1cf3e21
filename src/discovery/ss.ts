import type { Process, Transport } from '../model/port.ts'
import { type HostSocket, UNKNOWN_PROCESS } from './host-socket.ts'
import { boundAddress } from './ip-address.ts'
import { printable } from './printable.ts'

/**
 * The text of iproute2's `ss`, with or without a header, `-p`, `-e` and `-O`. It has no machine-readable form.
 *
 * Names between quotes are chosen by whoever runs the process, and so are control group paths: both may hold
 * anything that looks like a field. What counts is read before them, or cut out around them.
 */
export interface SsText {
  /** TCP and SCTP that listen, UDP without a peer. */
  readonly sockets: readonly HostSocket[]
  /** Rows that were understood and are not ports: unix, netlink, raw, connections. By what they are. */
  readonly others: ReadonlyMap<string, number>
  /** Rows that could not be read. */
  readonly faults: readonly { readonly line: number; readonly message: string }[]
}

export function parseSs(text: string, options: { readonly net?: string } = {}): SsText {
  const net = options.net ?? 'net:1'
  const sockets: HostSocket[] = []
  const others = new Map<string, number>()
  const faults: { line: number; message: string }[] = []
  // Before iproute2 4.13 `*` was any IPv4 address and `:::` any IPv6 one; now `*` answers on both.
  const legacy = /[\t ]:::(?:\d|\*)/.test(text)

  for (const { line, text: row } of rows(text)) {
    const read = readRow(row)
    if (read === null) faults.push({ line, message: 'not a row of ss' })
    else if ('other' in read) others.set(read.other, (others.get(read.other) ?? 0) + 1)
    else {
      const local = readLocal(read.local, legacy)
      if (typeof local === 'string') {
        faults.push({ line, message: local })
        continue
      }
      const extras = readExtras(read.rest)
      if (read.rest.startsWith(USERS) && extras.owners.length === 0) {
        faults.push({ line, message: 'the list of processes cannot be read; the port is kept' })
      }
      const detail = extras.detail ?? local.detail
      sockets.push({ net, transport: read.transport, ...local, ...extras, detail, line })
    }
  }
  return { sockets, others, faults }
}

/** Lines that say something; without `-O` a socket's details stand on a second, indented line. */
function rows(text: string): { line: number; text: string }[] {
  const found: { line: number; text: string }[] = []
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const last = found.at(-1)
    if (raw.trim() === '' || /^\s*(?:Netid\s+State|State\s+Recv-Q|Recv-Q\s+Send-Q)\b/.test(raw)) continue
    const continues = /^\s/.test(raw) && readRow(raw.trim()) === null
    if (continues && last !== undefined) last.text += ` ${raw.trim()}`
    else found.push({ line: index + 1, text: raw.trim() })
  }
  return found
}

type Row =
  | { readonly transport: Transport; readonly local: string; readonly rest: string }
  | { readonly other: string }

const ROW = /^(?:(\S+)\s+)?([A-Z][A-Z0-9-]+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)(?:\s+(.*))?$/s
const OTHER_NETID =
  /^(?:u_str|u_dgr|u_seq|u_\S+|nl|p_raw|p_dgr|raw|icmp6?|v_str|v_dgr|ti_\S+|xdp|dccp|mptcp|\?\?\?)$/

function readRow(row: string): Row | null {
  const netid = /^\S+/.exec(row)?.[0] ?? ''
  if (OTHER_NETID.test(netid)) return { other: netid.startsWith('u_') ? 'unix' : netid }
  const match = ROW.exec(row)
  if (match === null) return null
  const [, named, state = '', , , local = '', , rest = ''] = match
  // `ss -tl` alone leaves the first column out; the state then tells the transport.
  const transport = named ?? (state === 'UNCONN' ? 'udp' : 'tcp')
  if (transport !== 'tcp' && transport !== 'udp' && transport !== 'sctp') return null
  return state === (transport === 'udp' ? 'UNCONN' : 'LISTEN')
    ? { transport, local, rest }
    : { other: 'connection' }
}

type Local = Pick<HostSocket, 'address' | 'device' | 'port' | 'family' | 'flags' | 'detail'>

/** `0.0.0.0%va:7032`, `[fe80::1]%eth0:53`, `[fe80::1%eth0]:53`, `*:7003`; a sentence where it is none of them. */
function readLocal(local: string, legacy: boolean): Local | string {
  const colon = local.lastIndexOf(':')
  const port = Number(local.slice(colon + 1))
  if (colon < 1 || !/^\d{1,5}$/.test(local.slice(colon + 1)) || port < 1 || port > 65_535) {
    return `\`${printable(local.slice(0, 80))}\` has no port number; run ss with -n`
  }
  const [bare = '', device = null] = local.slice(0, colon).replaceAll(/[[\]]/g, '').split('%', 2)
  const bound = boundAddress(legacy && bare === '*' ? '0.0.0.0' : bare)
  if (bound === null) return `\`${printable(local.slice(0, 80))}\` is not an address`
  const flags = legacy && bound.address === '::' ? (['ipv4-unknown'] as const) : []
  return { ...bound, device, port, flags }
}

type Extras = Pick<HostSocket, 'inode' | 'uid' | 'cgroup' | 'owners' | 'detail'>

function readExtras(rest: string): Extras {
  const users = readUsers(rest)
  const [fields, group] = split(users.rest, ' cgroup:')
  const inode = / ino:(\d{1,15})\b/.exec(fields)?.[1]
  const uid = / uid:(\d{1,10})\b/.exec(fields)?.[1]
  const locals = / locals:(\S+)/.exec(fields)?.[1]
  return {
    inode: inode === undefined ? null : Number(inode),
    // ss prints `uid:` for accounts other than root alone.
    uid: uid === undefined ? (inode === undefined ? null : 0) : Number(uid),
    cgroup: group === undefined ? null : withoutTail(group),
    owners: users.owners,
    detail: locals === undefined ? null : `also on ${printable(locals)}`,
  }
}

/** `v6only:0` and the mark of a shut-down side stand behind the path, which may itself hold anything. */
function withoutTail(group: string): string {
  return group
    .trimEnd()
    .replace(/ (?:<->|-->|<--|---)$/, '')
    .replace(/ v6only:[01]$/, '')
}

function split(text: string, at: string): [string, string | undefined] {
  const index = text.indexOf(at)
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + at.length)]
}

const USERS = 'users:('
// The kernel keeps 15 bytes of a process's name: one too few to write a whole `",pid=1,fd=1),("` into it, which is
// why only the true way of cutting the list leaves an entry, or the end of the list, behind each cut.
const USER =
  /\("(.{0,15}?)",pid=(\d{1,10}),fd=\d{1,10}\)(?=\)(?:$|\s+[a-z])|,\(".{0,15}",pid=\d{1,10},fd=\d{1,10}\)[,)])/sy

function readUsers(rest: string): { readonly owners: readonly Process[]; readonly rest: string } {
  const unread = { owners: [], rest: ` ${rest}` }
  if (!rest.startsWith(USERS)) return unread
  const owners = new Map<number, Process>()
  let at = USERS.length
  for (;;) {
    USER.lastIndex = at
    const [entry, name = '', pid] = USER.exec(rest) ?? []
    if (entry === undefined) return unread
    owners.set(Number(pid), { ...UNKNOWN_PROCESS, pid: Number(pid), name: printable(name) })
    at += entry.length + 1
    if (rest[at - 1] === ')') return { owners: [...owners.values()], rest: ` ${rest.slice(at)}` }
  }
}
