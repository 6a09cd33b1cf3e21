/** Paths of compose files are POSIX paths as the user gave them; a domain has no file system to ask. */

export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash)
}

/** `path` as seen from `folder`, without `.` and, where it can be told, without `..`. */
export function resolved(folder: string, path: string): string {
  const joined = path.startsWith('/') ? path : `${folder}/${path}`
  const kept: string[] = []
  for (const part of joined.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else kept.push(part)
  }
  return `${joined.startsWith('/') ? '/' : ''}${kept.join('/')}`
}

/** The project's name where the file gives none: its folder, in the letters compose allows; null for `.` */
export function projectName(folder: string): string | null {
  const last = folder.split('/').findLast((part) => part !== '') ?? ''
  return (
    last
      .toLowerCase()
      .replaceAll(/[^a-z0-9_-]/g, '')
      .replace(/^[_-]+/, '') || null
  )
}
