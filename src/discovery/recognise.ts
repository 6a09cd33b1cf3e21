import { API_VERSION } from '../model/document.ts'
import type { FileKind } from './found.ts'

/** How much of a file is looked at; what does not show itself here is not recognised. */
export const HEAD_BYTES = 64 * 1024

/**
 * What a file holds, by its name and first 64 KiB; null where it is none of what is read. Nothing is parsed, so a
 * folder of a million other files costs little, and a hostile one cannot make the look expensive.
 *
 * @param named whether a person named the file: then its ending is not asked for.
 */
export function recognise(path: string, head: Uint8Array, named: boolean): FileKind | null {
  // No format here has a NUL byte; UTF-16 has, and is refused where the text is decoded.
  if (head.includes(0)) return null
  const name = path.slice(path.lastIndexOf('/') + 1)
  const text = new TextDecoder().decode(head.subarray(0, HEAD_BYTES))
  if (isOwn(name)) return 'documents'
  if (isNmap(text)) return 'nmap-xml'
  if (isSs(text)) return 'ss-text'
  if (!named && !YAML_NAME.test(name)) return null
  return /^\s*[{[]/.test(text) ? recogniseJson(text) : recogniseYaml(name, text, head.length >= HEAD_BYTES)
}

/** Whether a name alone promises YAML or JSON. */
export function isManifestName(path: string): boolean {
  return YAML_NAME.test(path)
}

/** The names `docker compose` looks for, and those people give to further files of a project. */
export function isComposeName(name: string): boolean {
  return /^(?:docker-)?compose(?:[._-][\w.-]{1,100})?\.(?:ya?ml|json)$/i.test(name)
}

const YAML_NAME = /\.(?:ya?ml|json)$/i

function isOwn(name: string): boolean {
  return /^(?:.+\.)?portreeve\.ya?ml$/.test(name)
}

function isNmap(text: string): boolean {
  return /^\s*</.test(text) && /<(?:!DOCTYPE\s+)?nmaprun\b/.test(text)
}

/** A header of `ss`, or its rows without one (`-H`). */
function isSs(text: string): boolean {
  return /^(?:Netid +State|State +Recv-Q|(?:tcp|udp|sctp) +(?:LISTEN|UNCONN|ESTAB) +\d+ +\d+ )/m.test(text)
}

function recogniseYaml(name: string, text: string, cut: boolean): FileKind | null {
  const keys = topKeys(text)
  const apiVersion = /^(?:"apiVersion"|'apiVersion'|apiVersion)\s*:[ \t]*["']?([^\s"'#]+)/m.exec(text)?.[1]
  if (apiVersion !== undefined) {
    if (apiVersion === API_VERSION || apiVersion.startsWith('portreeve.dev/')) return 'documents'
    // Keys are often sorted: `kind` may stand behind a `data` that is longer than the head.
    return keys.has('kind') || cut ? 'kubernetes' : null
  }
  return isCompose(name, text, keys) ? 'compose' : null
}

const COMPOSE_KEYS: ReadonlySet<string> = new Set([
  'name',
  'version',
  'services',
  'include',
  'networks',
  'volumes',
  'configs',
  'secrets',
  'models',
])

/** Symfony, GitLab and others have `services:` too; only Compose has nothing else beside, and images in it. */
function isCompose(name: string, text: string, keys: ReadonlySet<string>): boolean {
  if (isComposeName(name)) return true
  if (!keys.has('services')) return false
  if (![...keys].every((key) => COMPOSE_KEYS.has(key) || key.startsWith('x-') || key === '<<')) return false
  return /[\s{,](?:image|build|extends|network_mode|container_name)\s*:/.test(text)
}

function topKeys(text: string): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const match of text.matchAll(
    /^(?:"([^"\n]{1,200})"|'([^'\n]{1,200})'|([\w.<-]{1,200}))[ \t]*:(?=\s|$)/gm,
  )) {
    keys.add(match[1] ?? match[2] ?? match[3] ?? '')
  }
  return keys
}

function recogniseJson(text: string): FileKind | null {
  if (/"apiVersion"\s*:\s*"portreeve\.dev\//.test(text)) return 'documents'
  if (/"apiVersion"\s*:\s*"/.test(text) && /"kind"\s*:\s*"/.test(text)) return 'kubernetes'
  const composed = /^\s*\{\s*"(?:name|version|services|networks|include)"\s*:/.test(text)
  return composed && /"services"\s*:\s*\{/.test(text) && /"(?:image|build)"\s*:/.test(text) ? 'compose' : null
}
