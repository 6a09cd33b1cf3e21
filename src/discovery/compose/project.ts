import { clip, fault, isList, isMapping, isNothing, items, member, members, text } from '../yaml/nodes.ts'
import { yamlDocuments } from '../yaml/documents.ts'
import { Faults } from '../yaml/faults.ts'
import type { YamlNode } from '../yaml/nodes.ts'
import { folderOf, resolved } from './path.ts'
import { mergedFacts, NO_FACTS, serviceFacts } from './service.ts'
import type { ServiceFacts } from './service.ts'
import { hasVariable } from './variable.ts'

/** The services of one project after every file was merged, included and extended. */
export interface Project {
  /** Top-level `name`; null where no file gives one. */
  readonly name: string | null
  readonly services: ReadonlyMap<string, ServiceFacts>
  readonly notes: readonly string[]
  /** False where a file that the project names could not be had. */
  readonly complete: boolean
  /** Files that were read beside the given ones, with their text. */
  readonly fetched: ReadonlyMap<string, string>
}

export interface ComposeText {
  readonly name: string
  readonly text: string
}

/** Text of a file that another names; null where it is not at hand. */
export type Resolve = (path: string) => string | null

/** Deeper than any project that people keep; a chain that is longer ends with a note. */
const DEEPEST = 64

/** @throws Refusal `source-invalid` for the first file that is broken. */
export function composeProject(files: readonly ComposeText[], resolve: Resolve): Project {
  return new ProjectReader(resolve).read(files)
}

type Services = Map<string, ServiceFacts>
interface File {
  readonly name: string
  readonly documents: readonly YamlNode[]
}

class ProjectReader {
  readonly #resolve: Resolve
  readonly #files = new Map<string, File | null>()
  readonly #included = new Set<string>()
  readonly #extended = new Map<YamlNode['node'], ServiceFacts>()
  readonly #fetched = new Map<string, string>()
  readonly #notes = new Set<string>()
  #complete = true

  constructor(resolve: Resolve) {
    this.#resolve = resolve
  }

  read(texts: readonly ComposeText[]): Project {
    const files = texts.map((given) => this.#parsed(given))
    for (const { name } of files) this.#included.add(resolved('.', name))
    const services = this.#merged(files, 0)
    for (const file of this.#files.values())
      file?.documents.forEach((root) => root.source.faults.refuseIfAny())
    return {
      name: nameOf(files),
      services,
      notes: [...this.#notes],
      complete: this.#complete,
      fetched: this.#fetched,
    }
  }

  #parsed({ name, text }: ComposeText): File {
    const file = { name, documents: [...yamlDocuments(name, text, new Faults(name))] }
    this.#files.set(resolved('.', name), file)
    return file
  }

  /** Later files win over earlier ones, and all of them over what they include. */
  #merged(files: readonly File[], depth: number): Services {
    const services: Services = new Map()
    for (const file of files) {
      for (const root of file.documents) {
        this.#include(root, file, services, depth)
        for (const [name, node] of servicesOf(root)) {
          const facts = this.#withBase(node, name, file, services, new Set())
          services.set(name, mergedFacts(services.get(name) ?? NO_FACTS, facts))
        }
      }
    }
    return services
  }

  #include(root: YamlNode, file: File, into: Services, depth: number): void {
    for (const item of items(member(root, 'include'))) {
      const files = includedPaths(item)
        .map((path) => this.#includedFile(path, file, depth))
        .filter((found) => found !== null)
      for (const [name, facts] of this.#merged(files, depth + 1)) {
        into.set(name, mergedFacts(into.get(name) ?? NO_FACTS, facts))
      }
    }
  }

  #includedFile(path: string, from: File, depth: number): File | null {
    const place = resolved(folderOf(from.name), path)
    if (this.#included.has(place))
      return this.#note(`${from.name} includes ${clip(path)}, which was read already`)
    if (depth >= DEEPEST)
      return this.#gap(`${from.name} is included ${DEEPEST} levels deep; not followed further`)
    this.#included.add(place)
    return this.#fetch(path, from, 'includes')
  }

  /** Facts of a service with those of the services it extends beneath. */
  #withBase(node: YamlNode, name: string, file: File, earlier: Services, chain: Set<string>): ServiceFacts {
    const known = this.#extended.get(node.node)
    if (known !== undefined) return known
    const own = serviceFacts(node)
    const base = this.#base(node, file, earlier, chain.add(`${file.name}\n${name}`))
    const facts = base === null ? own : mergedFacts(base, own)
    this.#extended.set(node.node, facts)
    return facts
  }

  #base(node: YamlNode, file: File, earlier: Services, chain: Set<string>): ServiceFacts | null {
    const extended = member(node, 'extends')
    if (extended === null) return null
    const path = isMapping(extended) ? text(member(extended, 'file')) : null
    const name = text(isMapping(extended) ? member(extended, 'service') : extended) ?? ''
    const from = path === null ? file : this.#fetch(path, file, 'extends a service of')
    if (from === null) return null
    if (chain.has(`${from.name}\n${name}`))
      return this.#note(`${from.name}: service ${clip(name)} extends itself`)
    if (chain.size > DEEPEST)
      return this.#gap(`${from.name}: services extend each other more than ${DEEPEST} deep`)
    const base = serviceNamed(from, name)
    if (base !== null) return this.#withBase(base, name, from, earlier, chain)
    const merged = path === null ? earlier.get(name) : undefined
    if (merged === undefined) fault(extended, `${from.name} has no service "${clip(name)}"`)
    return merged ?? null
  }

  #fetch(path: string, from: File, verb: string): File | null {
    const told = `${from.name} ${verb} ${clip(path)}`
    if (hasVariable(path)) return this.#gap(`${told}: the name holds a variable, so it was not read`)
    if (/^[a-z+]+:\/\/|^git@|^oci:/.test(path))
      return this.#gap(`${told}: it lies elsewhere and was not read`)
    const place = resolved(folderOf(from.name), path)
    const known = this.#files.get(place)
    if (known !== undefined) return known
    const found = this.#resolve(place)
    if (found === null) {
      this.#files.set(place, null)
      return this.#gap(`${told}, which is not among the files read`)
    }
    this.#fetched.set(place, found)
    return this.#parsed({ name: place, text: found })
  }

  #note(sentence: string): null {
    this.#notes.add(sentence)
    return null
  }

  #gap(sentence: string): null {
    this.#complete = false
    return this.#note(sentence)
  }
}

function nameOf(files: readonly File[]): string | null {
  const names = files.flatMap((file) => file.documents.map((root) => text(member(root, 'name'))))
  return names.findLast((name) => name !== null && name !== '' && !hasVariable(name)) ?? null
}

function servicesOf(root: YamlNode): readonly (readonly [string, YamlNode])[] {
  const services = member(root, 'services')
  return services === null ? [] : members(services)
}

function serviceNamed(file: File, name: string): YamlNode | null {
  const found = file.documents.map((root) => {
    const services = member(root, 'services')
    return services === null ? null : member(services, name)
  })
  return found.findLast((service) => service !== null) ?? null
}

function includedPaths(item: YamlNode): readonly string[] {
  if (isNothing(item)) return []
  const path = isMapping(item) ? member(item, 'path') : item
  if (path === null) return []
  const paths = isList(path) ? items(path) : [path]
  return paths.map((one) => text(one)).filter((one) => one !== null)
}
