/** A network namespace of one host, as its processes and mounts show it. */
export interface Namespace {
  /** Inode of the namespace (`net:[4026531833]`); null where its processes hide theirs from us. */
  readonly inode: string | null
  /** Inode of its `/proc/<pid>/net/tcp`, which nobody can hide and which is its own; null without a process. */
  readonly table: number | null
  /** The namespace of process 1, or our own where that of process 1 cannot be told. */
  readonly first: boolean
  readonly container: string | null
  /** As `ip netns` knows it. */
  readonly name: string | null
}

/**
 * A label for each namespace, in the order given: `net:1`, `net:<12 digits of the container>`, `net:<name>`,
 * `net:<inode>`, `net:table-<inode>`. Whoever makes a namespace may choose its name; a label that is taken is not given twice.
 */
export function namespaceLabels(namespaces: readonly Namespace[]): string[] {
  const taken = new Set(['net:1'])
  return namespaces.map((namespace) => {
    if (namespace.first) return 'net:1'
    const label = candidates(namespace).find((wish) => !taken.has(wish)) ?? 'net:unknown'
    taken.add(label)
    return label
  })
}

function candidates({ container, name, inode, table }: Namespace): string[] {
  // A name of digits would read like an inode.
  const usable = name !== null && /^(?!(?:table-)?\d+$)[\w.-]{1,64}$/.test(name)
  return [
    ...(container === null ? [] : [`net:${container.slice(0, 12)}`]),
    ...(usable ? [`net:${name}`] : []),
    inode === null ? `net:table-${table}` : `net:${inode}`,
  ]
}

export interface NamespaceMount {
  readonly inode: string
  readonly path: string
}

/** Network namespaces that are held by a mount, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
export function namespaceMounts(mountinfo: string): NamespaceMount[] {
  const found = new Map<string, NamespaceMount>()
  for (const line of mountinfo.split('\n')) {
    const [, inode, path] = /^\d+ \d+ \S+ net:\[(\d+)\] (\S+) .*- nsfs /.exec(line) ?? []
    if (inode === undefined || path === undefined) continue
    if (!found.has(inode)) found.set(inode, { inode, path: unescaped(path) })
  }
  return [...found.values()]
}

function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
}

/** `/run/netns/blue` is `blue`; a mount elsewhere has no name that people gave. */
export function namespaceName(path: string): string | null {
  return /^(?:\/var)?\/run\/netns\/([^/]+)$/.exec(path)?.[1] ?? null
}
