import { parseCgroup } from '../../discovery/cgroup.ts'
import { namespaceLabels, namespaceMounts, namespaceName } from '../../discovery/namespace.ts'
import { breather } from './breath.ts'
import { inodeOf, linkOf, textOf } from './proc.ts'

export interface LiveNamespace {
  /** `net:1`, `net:<container>`, `net:<name>`, `net:<inode>`. */
  readonly label: string
  readonly own: boolean
  /** Where it can be entered: `/proc/<pid>/ns/net` of its first processes, mounts. Empty where hidden from us. */
  readonly doors: readonly string[]
  /** `/proc/<pid>/net` of its first processes: socket tables that anybody may read. */
  readonly tables: readonly string[]
}

/** Every network namespace that a process lives in or a mount holds, once. */
export async function liveNamespaces(pids: readonly number[]): Promise<LiveNamespace[]> {
  const census = new Census()
  const own = census.of('self')
  const breath = breather()
  for (const pid of pids) {
    census.of(pid)?.pids.push(pid)
    await breath()
  }
  for (const { inode, path } of namespaceMounts(textOf('/proc/self/mountinfo'))) {
    const mounted = census.at(inode)
    mounted.name ??= namespaceName(path)
    mounted.mounts.push(path)
  }
  return labelled(census.all(), own, census.of(1) ?? own)
}

interface Draft {
  inode: string | null
  table: number | null
  name: string | null
  readonly pids: number[]
  readonly mounts: string[]
}

class Census {
  readonly #known = new Map<string, Draft>()

  all(): Draft[] {
    return [...new Set(this.#known.values())]
  }

  at(inode: string): Draft {
    const draft = this.#known.get(inode) ?? { ...blank(), inode }
    this.#known.set(inode, draft)
    return draft
  }

  /** The namespace of a process; null where the process is gone. */
  of(pid: number | 'self'): Draft | null {
    const inode = linkOf(`/proc/${pid}/ns/net`)?.slice(5, -1) ?? null
    const known = inode === null ? undefined : this.#known.get(inode)
    if (known !== undefined && pid !== 'self') return known
    // A process that hides its namespace still shows its tables, and each namespace has its own, at its own inode.
    const table = inodeOf(`/proc/${pid}/net/tcp`)
    if (table === null) return null
    const draft = this.#known.get(`table ${table}`) ?? (inode === null ? blank() : this.at(inode))
    draft.inode ??= inode
    draft.table ??= table
    this.#known.set(`table ${table}`, draft)
    if (inode !== null) this.#known.set(inode, draft)
    return draft
  }
}

function blank(): Draft {
  return { inode: null, table: null, name: null, pids: [], mounts: [] }
}

const DOORS_KEPT = 3

function labelled(drafts: readonly Draft[], own: Draft | null, first: Draft | null): LiveNamespace[] {
  const labels = namespaceLabels(
    drafts.map((draft) => ({
      ...draft,
      first: draft === first,
      container: draft === first ? null : container(draft),
    })),
  )
  return drafts.map((draft, index) => {
    const some = draft.pids.slice(0, DOORS_KEPT)
    const entered = draft.inode === null ? [] : some.map((pid) => `/proc/${pid}/ns/net`)
    return {
      label: labels[index] ?? '',
      own: draft === own,
      doors: [...entered, ...draft.mounts],
      tables: draft === own ? ['/proc/self/net'] : some.map((pid) => `/proc/${pid}/net`),
    }
  })
}

/** The container whose first process made the namespace; in a pod that is the one that the others joined. */
function container({ pids }: Draft): string | null {
  const [oldest] = pids
  return oldest === undefined ? null : parseCgroup(textOf(`/proc/${oldest}/cgroup`)).container
}
