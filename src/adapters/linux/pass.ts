import { runnerOf } from '../../discovery/cgroup.ts'
import type { HostSocket } from '../../discovery/host-socket.ts'
import type { Process } from '../../model/port.ts'
import { liveNamespaces } from './namespaces.ts'
import type { Holder, Owners } from './owners.ts'
import { inodeOf, processIds } from './proc.ts'
import { type NamespaceSockets, namespaceSockets } from './sockets.ts'

/** One look at the whole host. */
export interface Pass {
  readonly sockets: readonly HostSocket[]
  readonly namespaces: readonly NamespaceSockets[]
  /** False where processes are hidden from us (`hidepid`), and with them the namespaces they live in. */
  readonly everyProcess: boolean
  /** Sockets of which no process could be seen. */
  readonly ownerless: number
}

export async function pass(owners: Owners): Promise<Pass> {
  const pids = processIds()
  const namespaces = await readAll(pids)
  const bare = namespaces.flatMap(({ sockets }) => sockets)
  const inodes = new Set(bare.map(({ inode }) => inode).filter((inode) => inode !== null))
  const holders = await owners.of(inodes, pids)
  const sockets = bare.map((socket) => withOwners(socket, holders.get(socket.inode ?? 0) ?? [], owners))
  return {
    sockets,
    namespaces,
    everyProcess: inodeOf('/proc/1/net/tcp') !== null,
    ownerless: sockets.filter(({ owners }) => owners.every(({ pid }) => pid === null)).length,
  }
}

/** Each child costs memory and a core; two cores are what a small host has. */
const AT_ONCE = 4

async function readAll(pids: readonly number[]): Promise<NamespaceSockets[]> {
  const waiting = (await liveNamespaces(pids)).values()
  const read: NamespaceSockets[] = []
  const worker = async () => {
    for (const namespace of waiting) {
      const sockets = await namespaceSockets(namespace)
      if (sockets !== null) read.push(sockets)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return read.sort((a, b) => (a.label < b.label ? -1 : 1))
}

function withOwners(socket: HostSocket, holders: readonly Holder[], owners: Owners): HostSocket {
  if (holders.length === 0) return { ...socket, owners: [maker(socket, owners)] }
  const deleted = holders.some((holder) => holder.deleted) ? DELETED : null
  const detail = [socket.detail, deleted].filter((text) => text !== null).join('; ')
  return { ...socket, owners: holders.map(({ process }) => process), detail: detail === '' ? null : detail }
}

const DELETED = 'the program was deleted or replaced on disk since it started'

/** What the socket itself tells of who made it, where the process is hidden, gone or the kernel. */
function maker({ uid, cgroup }: HostSocket, owners: Owners): Process {
  const user = uid === null ? null : owners.accountName(uid)
  return { pid: null, name: null, path: null, user, ...runnerOf(cgroup ?? '') }
}
