const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is no folder',
  EACCES: 'not permitted',
  EPERM: 'not permitted',
  ELOOP: 'symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EISDIR: 'it is a folder',
  EIO: 'the device reports an error',
}

/** Why the system refused, in a few words. Anything but a system error is a bug, and thrown again. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null
  if (code === null || !/^E[A-Z0-9]+$/.test(code)) throw error
  return REASONS[code] ?? code
}
