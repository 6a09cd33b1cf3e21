import { open } from 'node:fs/promises'

/** On the disk when the promise resolves; its name is only after `syncFolder`. */
export async function writeSynced(
  path: string,
  content: string | Buffer,
  options: { readonly flags: 'w' | 'wx'; readonly mode: number },
): Promise<void> {
  const file = await open(path, options.flags, options.mode)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes names in a folder durable. Windows cannot open a folder and keeps names with their files. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** `ENOENT` and its like; the error's text where it has no code. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
