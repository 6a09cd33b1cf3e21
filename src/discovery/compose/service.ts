import { fault, isMapping, items, member, spanOf, tag, text } from '../yaml/nodes.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import { portEntry, shortSyntax } from './port-entry.ts'
import type { EntryText, PortEntry } from './port-entry.ts'
import { hasVariable } from './variable.ts'

/** What a service says about ports, in one file or after several were merged. */
export interface ServiceFacts {
  readonly ports: Entries
  readonly expose: Entries
  /** `host`, `none`, `service:x`, `container:x` or a network's name; null where it is not said. */
  readonly networkMode: string | null
  /** As it is written; null where it is not, empty where it holds a variable and what runs is not known. */
  readonly image: string | null
  readonly profiles: readonly string[]
}

/** `!override` and `!reset` replace what earlier files said; otherwise entries are added to it. */
interface Entries {
  readonly replace: boolean
  readonly entries: readonly PortEntry[]
}

export const NO_FACTS: ServiceFacts = {
  ports: { replace: false, entries: [] },
  expose: { replace: false, entries: [] },
  networkMode: null,
  image: null,
  profiles: [],
}

export function serviceFacts(service: YamlNode): ServiceFacts {
  return {
    ports: entriesOf(member(service, 'ports'), portOf),
    expose: entriesOf(member(service, 'expose'), exposedOf),
    networkMode: text(member(service, 'network_mode')),
    image: imageOf(service),
    profiles: items(member(service, 'profiles')).map((profile) => text(profile) ?? ''),
  }
}

/** As compose merges files: https://docs.docker.com/reference/compose-file/merge/ */
export function mergedFacts(base: ServiceFacts, over: ServiceFacts): ServiceFacts {
  return {
    ports: mergedEntries(base.ports, over.ports),
    expose: mergedEntries(base.expose, over.expose),
    networkMode: over.networkMode ?? base.networkMode,
    image: over.image ?? base.image,
    profiles: [...new Set([...base.profiles, ...over.profiles])],
  }
}

function imageOf(service: YamlNode): string | null {
  const image = text(member(service, 'image')) ?? ''
  if (hasVariable(image)) return ''
  return image === '' ? null : image.replaceAll('$$', '$')
}

function mergedEntries(base: Entries, over: Entries): Entries {
  if (over.replace) return over
  const byKey = new Map([...base.entries, ...over.entries].map((entry) => [keyOf(entry), entry]))
  return { replace: base.replace, entries: [...byKey.values()] }
}

/** Compose takes two entries for one where address, published port, target and protocol are the same. */
function keyOf({ address, published, target, transport, remarks }: PortEntry): string {
  const unknown = address === null || published === null || target === null ? remarks : null
  return JSON.stringify([address, published, target, transport, unknown])
}

function entriesOf(list: YamlNode | null, read: (item: YamlNode) => PortEntry | null): Entries {
  if (list === null) return NO_FACTS.ports
  if (tag(list) === '!reset') return { replace: true, entries: [] }
  const entries = items(list).map(read)
  return { replace: tag(list) === '!override', entries: entries.filter((entry) => entry !== null) }
}

function portOf(item: YamlNode): PortEntry | null {
  const written = isMapping(item) ? longSyntax(item) : shortSyntax(text(item) ?? '')
  return portEntry(written, spanOf(item), (message) => fault(item, message, PORT_HINT))
}

/** `expose` is `port[-port][/protocol]`: nothing is published. */
function exposedOf(item: YamlNode): PortEntry | null {
  const written = { ...shortSyntax(text(item) ?? ''), published: '', address: '' }
  return portEntry(written, spanOf(item), (message) => fault(item, message, PORT_HINT))
}

const PORT_HINT = 'write "[ip:][published:]target[/protocol]", for example "127.0.0.1:8080:80/tcp"'

function longSyntax(port: YamlNode): EntryText {
  const field = (key: string) => text(member(port, key)) ?? ''
  const remark = (key: string, words: string) => (field(key) === '' ? [] : [`${words} ${field(key)}`])
  return {
    address: field('host_ip').replace(/^\[(.*)\]$/, '$1'),
    published: field('published'),
    target: field('target'),
    protocol: field('protocol'),
    remarks: [
      ...remark('name', 'name'),
      ...remark('mode', 'mode'),
      ...remark('app_protocol', 'app protocol'),
    ],
  }
}
