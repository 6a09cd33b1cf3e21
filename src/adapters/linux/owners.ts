import { parseCgroup } from '../../discovery/cgroup.ts'
import { parsePasswd } from '../../discovery/passwd.ts'
import { printable } from '../../discovery/printable.ts'
import { effectiveUid, parseProcStat } from '../../discovery/proc-stat.ts'
import type { Process } from '../../model/port.ts'
import { breather } from './breath.ts'
import { descriptorsOf, linkOf, socketOf, textOf } from './proc.ts'

/** Who holds which socket, remembered between passes so that a host on which nothing happens costs little. */
export interface Owners {
  /** The holders of each of these sockets (by number) that can be seen; `pids` are all processes there are. */
  of(inodes: ReadonlySet<number>, pids: readonly number[]): Promise<ReadonlyMap<number, readonly Holder[]>>
  accountName(uid: number): string
}

export interface Holder {
  readonly process: Process
  /** The file it runs was deleted or replaced since it started. */
  readonly deleted: boolean
}

/** Descriptors are inherited and passed on without a new socket; after this long everything is looked at again. */
const LOOK_AGAIN_MS = 60_000

export function owners(): Owners {
  const people = new People()
  let holders = new Map<number, readonly number[]>()
  let lookedAt = -Infinity

  return {
    accountName: (uid) => people.accountName(uid),
    of: async (inodes, pids) => {
      people.begin()
      const known = await stillHeld(holders, inodes, people)
      if (known !== null && performance.now() - lookedAt < LOOK_AGAIN_MS) holders = known
      else {
        people.forget()
        holders = await lookAtAll(inodes, pids)
        lookedAt = performance.now()
      }
      return new Map([...holders].map(([inode, held]) => [inode, people.known(held)]))
    },
  }
}

/** Null where a socket is new, or one of its holders is gone: someone unseen may hold it now. */
async function stillHeld(
  holders: ReadonlyMap<number, readonly number[]>,
  inodes: ReadonlySet<number>,
  people: People,
): Promise<Map<number, readonly number[]> | null> {
  const breath = breather()
  const kept = new Map<number, readonly number[]>()
  for (const inode of inodes) {
    const held = holders.get(inode)
    if (held === undefined || !held.every((pid) => people.lives(pid))) return null
    kept.set(inode, held)
    await breath()
  }
  return kept
}

async function lookAtAll(inodes: ReadonlySet<number>, pids: readonly number[]) {
  const holders = new Map<number, number[]>([...inodes].map((inode) => [inode, []]))
  const breath = breather()
  for (const pid of pids) {
    for (const descriptor of descriptorsOf(pid)) {
      const held = holders.get(socketOf(pid, descriptor) ?? 0)
      if (held !== undefined && held.at(-1) !== pid) held.push(pid)
      await breath()
    }
  }
  return holders
}

interface Remembered extends Holder {
  /** Start time and name: the same pid with another start is another process, with another name another program. */
  readonly mark: string
}

class People {
  readonly #remembered = new Map<number, Remembered>()
  readonly #seen = new Map<number, string | null>()
  #accounts: ReadonlyMap<number, string> = new Map()
  #passwd = ''

  /** A new pass: what was read of a process may have changed. */
  begin(): void {
    this.#seen.clear()
    const passwd = textOf('/etc/passwd')
    if (passwd !== this.#passwd) this.#accounts = parsePasswd(passwd)
    this.#passwd = passwd
  }

  forget(): void {
    this.#remembered.clear()
  }

  lives(pid: number): boolean {
    return this.#remembered.get(pid)?.mark === this.#mark(pid)
  }

  known(pids: readonly number[]): Holder[] {
    return pids.map((pid) => this.#holder(pid)).filter((holder) => holder !== null)
  }

  accountName(uid: number): string {
    return this.#accounts.get(uid) ?? String(uid)
  }

  #mark(pid: number): string | null {
    const seen = this.#seen.get(pid)
    if (seen !== undefined) return seen
    const stat = parseProcStat(textOf(`/proc/${pid}/stat`))
    const mark = stat === null ? null : `${stat.start} ${stat.name}`
    this.#seen.set(pid, mark)
    return mark
  }

  #holder(pid: number): Holder | null {
    const mark = this.#mark(pid)
    const known = this.#remembered.get(pid)
    if (mark === null) return null
    if (known?.mark === mark) return known
    const holder = { ...this.#read(pid, mark), mark }
    this.#remembered.set(pid, holder)
    return holder
  }

  #read(pid: number, mark: string): Holder {
    const exe = linkOf(`/proc/${pid}/exe`)
    const uid = effectiveUid(textOf(`/proc/${pid}/status`))
    const { unit, container } = parseCgroup(textOf(`/proc/${pid}/cgroup`))
    return {
      deleted: exe?.endsWith(DELETED) ?? false,
      process: {
        pid,
        name: programName(mark.slice(mark.indexOf(' ') + 1), exe),
        path: exe === null ? null : printable(exe.endsWith(DELETED) ? exe.slice(0, -DELETED.length) : exe),
        user: uid === null ? null : this.accountName(uid),
        unit,
        container,
      },
    }
  }
}

/** Node calls its main thread so, and the kernel shows a thread's name for the process: the program says more. */
function programName(name: string, exe: string | null): string {
  return name === 'MainThread' && exe !== null ? printable(exe.slice(exe.lastIndexOf('/') + 1)) : name
}

const DELETED = ' (deleted)'
