import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files below the folders that hold any of the needles, in UTF-8, UTF-16 or as they are. */
export function filesHolding(
  folders: readonly string[],
  needles: readonly (string | Uint8Array)[],
): string[] {
  const sought = needles.flatMap((needle) =>
    typeof needle === 'string'
      ? [Buffer.from(needle), Buffer.from(needle, 'utf16le'), Buffer.from(needle.toLowerCase())]
      : [Buffer.from(needle)],
  )
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .filter((path) => {
        const bytes = readFileSync(path)
        return sought.some((needle) => bytes.includes(needle))
      }),
  )
}
