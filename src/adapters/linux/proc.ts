import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs'

/** A process may end, or be hidden from us, between any two reads: both give null, `''` or nothing. */

export function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

export function textOf(path: string): string {
  return attempt(() => readFileSync(path, 'utf8')) ?? ''
}

export function linkOf(path: string): string | null {
  return attempt(() => readlinkSync(path))
}

export function inodeOf(path: string): number | null {
  return attempt(() => statSync(path).ino)
}

/** Empty where the process hides them from us. */
export function descriptorsOf(pid: number): string[] {
  return attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []
}

/** Number of the socket behind a descriptor; null where it is something else, or closed by now. */
export function socketOf(pid: number, descriptor: string): number | null {
  const link = linkOf(`/proc/${pid}/fd/${descriptor}`)
  return link?.startsWith('socket:[') === true ? parseInt(link.slice(8), 10) : null
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
