/** Which files a pack may hold, and how large: docs/formats/evidence-pack-v1.md, "Files" and "Limits". */

export const MAX_FILES = 4096
export const MAX_TOTAL = 256 * 1024 * 1024
const KIB = 1024
const MIB = 1024 * KIB

const PATH = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){0,2}$/
const MAX_PATH = 128
const NUMBER = '(?:0|[1-9][0-9]{0,15})'
const COUNT = '[1-9][0-9]{0,15}'

/** Listed files by their form, each with the bytes that it may have. */
const LISTED: readonly (readonly [RegExp, number])[] = [
  [/^(?:question\.json|answer\.txt|VERIFY\.md)$/, 64 * KIB],
  [/^(?:answer\.json|answer\.html|opened\.json)$/, 4 * MIB],
  [/^population\.json$/, 16 * MIB],
  [new RegExp(`^leaves/${NUMBER}\\.leaf$`), 65_535],
  [new RegExp(`^proofs/${NUMBER}\\.tlog-proof$`), 64 * KIB],
  [new RegExp(`^checkpoints/${NUMBER}\\.checkpoint$`), 64 * KIB],
  [new RegExp(`^consistency/${NUMBER}\\.proof$`), 64 * KIB],
  [new RegExp(`^timestamps/${NUMBER}\\.${COUNT}\\.(?:note|tsr|pem)$`), 64 * KIB],
  [/^attachments\/[^/]+$/, 16 * MIB],
]
const UNLISTED: ReadonlyMap<string, number> = new Map([
  ['manifest.json', 4 * MIB],
  ['manifest.sig', 64 * KIB],
])

/** Below it people put what they like; it is never read. */
export const CUSTODIAN = 'custodian'

export function isListed(path: string): boolean {
  return isPath(path) && LISTED.some(([form]) => form.test(path))
}

export function isUnlisted(path: string): boolean {
  return UNLISTED.has(path)
}

/** The bytes that a file may have; 0 for one that a pack does not hold. */
export function limitOf(path: string): number {
  if (!isPath(path)) return 0
  return UNLISTED.get(path) ?? LISTED.find(([form]) => form.test(path))?.[1] ?? 0
}

function isPath(path: string): boolean {
  return path.length <= MAX_PATH && PATH.test(path)
}
