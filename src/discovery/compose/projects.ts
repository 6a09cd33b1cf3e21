import type { Reading } from '../../model/source.ts'
import type { Attempt } from '../attempt.ts'
import type { FoundText } from '../found.ts'
import { folderOf, resolved } from './path.ts'
import { readCompose } from './read.ts'

/**
 * The Compose projects among some files. In each folder the file that `docker compose` takes by itself and its
 * override are one project; any other file there is read alone, since only a command line says with what it goes.
 * A file that another project includes or extends is part of that one, and not a project of its own.
 */
export function readComposeProjects(files: readonly FoundText[], attempt: Attempt): readonly Reading[] {
  const byPath = new Map(files.map((file) => [resolved('.', file.path), file]))
  const projects = groupsOf(files).flatMap((group) => {
    const drawsIn = new Set<string>()
    const resolve = (path: string) => {
      drawsIn.add(path)
      return byPath.get(path)?.text ?? null
    }
    const reading = attempt(group.files, () => readCompose(textsOf(group.files), resolve, group.folder))
    return reading === null ? [] : [{ ...group, drawsIn, reading }]
  })
  return withoutParts(projects).map(({ standard, reading }) => (standard ? reading : readAlone(reading)))
}

interface ReadProject extends Group {
  readonly drawsIn: ReadonlySet<string>
  readonly reading: Reading
}

/** Of two files that include each other one is left: each goes only while the other stays. */
function withoutParts(projects: readonly ReadProject[]): readonly ReadProject[] {
  const kept = new Set(projects)
  for (const project of projects) {
    const paths = project.files.map((file) => resolved('.', file.path))
    const isPart = [...kept].some(
      (other) => other !== project && paths.every((path) => other.drawsIn.has(path)),
    )
    if (isPart && !project.standard) kept.delete(project)
  }
  return [...kept]
}

interface Group {
  /** The folder's name, from which the project has its own. */
  readonly folder: string | undefined
  readonly files: readonly FoundText[]
  /** The project that `docker compose up` starts in the folder. */
  readonly standard: boolean
}

// The first that is there is taken: https://docs.docker.com/compose/intro/compose-application-model/
const BASE_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const OVERRIDE_NAMES = [
  'compose.override.yaml',
  'compose.override.yml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
]

function groupsOf(files: readonly FoundText[]): readonly Group[] {
  return [...Map.groupBy(files, ({ path }) => folderOf(path)).values()].flatMap(groupsOfFolder)
}

function groupsOfFolder(files: readonly FoundText[]): readonly Group[] {
  const folder = files[0]?.folder ?? undefined
  const base = firstNamed(files, BASE_NAMES)
  const override = base === undefined ? undefined : firstNamed(files, OVERRIDE_NAMES)
  const project = [base, override].filter((file) => file !== undefined)
  const rest = files.filter((file) => !project.includes(file))
  return [
    ...(project.length === 0 ? [] : [{ folder, files: project, standard: true }]),
    ...rest.map((file) => ({ folder, files: [file], standard: false })),
  ]
}

function firstNamed(files: readonly FoundText[], names: readonly string[]): FoundText | undefined {
  for (const name of names) {
    const found = files.find(({ path }) => path.slice(path.lastIndexOf('/') + 1) === name)
    if (found !== undefined) return found
  }
  return undefined
}

function textsOf(files: readonly FoundText[]) {
  return files.map(({ path, text, digest }) => ({ name: path, text, digest }))
}

function readAlone(reading: Reading): Reading {
  const note = 'read alone: with which other files it is merged is said on a command line'
  return { ...reading, notes: [...reading.notes, note] }
}
