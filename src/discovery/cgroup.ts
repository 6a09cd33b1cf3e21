import { printable } from './printable.ts'

/** Who runs a process, as its control group says. */
export interface Runner {
  /** systemd unit, `nginx.service`; for a container the unit inside it, if any. */
  readonly unit: string | null
  /** Container id, 64 hexadecimal digits. The innermost where containers are nested. */
  readonly container: string | null
}

/** `/proc/<pid>/cgroup`, version 1, 2 or both. */
export function parseCgroup(text: string): Runner {
  const lines = text.split('\n').map((line) => /^(\d+):([^:]*):(.*)$/.exec(line))
  const paths = lines.filter((line) => line !== null)
  const ranked = paths.toSorted((a, b) => rank(a[2]) - rank(b[2])).map((line) => runnerOf(line[3] ?? ''))
  return (
    ranked.find(({ container }) => container !== null) ??
    ranked.find(({ unit }) => unit !== null) ?? { unit: null, container: null }
  )
}

/** One control group's path, as `ss -e` prints it beside a socket. */
export function runnerOf(path: string): Runner {
  const parts = path.slice(0, PATH_MAX).split('/')
  const at = parts.findLastIndex((part) => containerIn(part) !== null)
  const unit = parts.slice(at + 1).findLast((part) => UNIT.test(part) && !part.startsWith('libpod-conmon-'))
  return { unit: unit === undefined ? null : printable(unit), container: containerIn(parts[at] ?? '') }
}

/** Version 2, then systemd's own hierarchy, know the unit; a controller may not. */
function rank(controllers: string | undefined): number {
  if (controllers === '') return 0
  return controllers === 'name=systemd' ? 1 : 2
}

const PATH_MAX = 4096
const UNIT = /^[^/]{1,250}\.(?:service|scope|socket|mount|swap)$/
// `<id>`, `docker-<id>.scope`, `cri-containerd-<id>.scope`, `crio-<id>.scope`, `libpod-<id>.scope`,
// `kubepods-…-pod<uid>.slice:cri-containerd:<id>`. conmon watches a container from outside of it.
const CONTAINER = /^(?!(?:crio|libpod)-conmon-)(?:.*[-:])?([\da-f]{64})(?:\.scope)?$/

function containerIn(part: string): string | null {
  return CONTAINER.exec(part)?.[1] ?? null
}
