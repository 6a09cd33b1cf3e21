import { createHash } from 'node:crypto'
import type { Reading, Sighting } from '../../model/source.ts'
import { printable } from '../printable.ts'
import { sightingBudget } from '../sighting-budget.ts'
import { folderOf, projectName } from './path.ts'
import { composeProject } from './project.ts'
import type { Project, Resolve } from './project.ts'
import { serviceNotes, serviceSightings, sightingCount } from './sightings.ts'

export interface ComposeFile {
  readonly name: string
  readonly text: string
  /** `sha256:<hex>` of the bytes. */
  readonly digest: string
}

/**
 * What one Compose project would publish and expose. `files` are merged in their order, as `-f a -f b` does; files
 * that they include or extend are asked of `resolve`.
 *
 * @param folder names the project where no file does; by default the folder in the first file's path.
 * @throws Refusal `source-invalid` with file, line and column; `source-too-large` for more ports than 262,144.
 * Source: https://github.com/compose-spec/compose-spec
 */
export function readCompose(files: readonly ComposeFile[], resolve: Resolve, folder?: string): Reading {
  const first = files[0]?.name ?? 'compose.yaml'
  const project = composeProject(files, resolve)
  const name = printable(project.name ?? projectName(folder ?? folderOf(first)) ?? 'compose')
  return {
    source: { name: first, kind: 'compose', vantage: null, digest: digestOf(files, project) },
    at: null,
    complete: project.complete,
    places: [{ place: placeOf(name), sightings: sightingsOf(project, name, first), absent: [] }],
    notes: [...mergeNote(files), ...project.notes, ...notesOf(project)].map(printable),
  }
}

/** One file keeps its own digest; several, and what they drew in, are digested together in the order they were read. */
function digestOf(files: readonly ComposeFile[], { fetched }: Project): string {
  const [first, ...more] = files
  if (first !== undefined && more.length === 0 && fetched.size === 0) return first.digest
  const drawnIn = [...fetched.values()].map(
    (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`,
  )
  const all = [...files.map((file) => file.digest), ...drawnIn]
  return `sha256:${createHash('sha256').update(all.join('\n')).digest('hex')}`
}

function placeOf(name: string) {
  return {
    kind: 'compose',
    name,
    identity: null,
    names: [name],
    addresses: [],
    realm: `compose/${name}`,
  } as const
}

function sightingsOf(project: Project, name: string, source: string): readonly Sighting[] {
  const spend = sightingBudget(source)
  for (const facts of project.services.values()) spend(sightingCount(facts))
  const sightings: Sighting[] = []
  for (const [service, facts] of project.services) {
    for (const one of serviceSightings(`${name}/${service}`, service, facts)) sightings.push(one)
  }
  return sightings
}

function mergeNote(files: readonly ComposeFile[]): readonly string[] {
  return files.length < 2 ? [] : [`merged in this order: ${files.map((file) => file.name).join(', ')}`]
}

function notesOf({ services }: Project): readonly string[] {
  return [...services].flatMap(([service, facts]) => serviceNotes(service, facts))
}
