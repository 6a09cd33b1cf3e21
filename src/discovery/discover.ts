import type { ClusterFacts } from '../model/cluster.ts'
import { Refusal } from '../model/refusal.ts'
import type { Reading } from '../model/source.ts'
import type { Attempt, Unreadable } from './attempt.ts'
import { folderOf } from './compose/path.ts'
import { readComposeProjects } from './compose/projects.ts'
import type { FoundText } from './found.ts'
import { indexManifests, joinManifests, readManifest } from './kubernetes/read.ts'
import type { ReadManifest } from './kubernetes/read.ts'

export type { Unreadable } from './attempt.ts'

export interface Discovery {
  /** Compose projects, then manifests by folder; each in the order of the files. */
  readonly readings: readonly Reading[]
  /** What the manifests state of their cluster, by file: who may reach what is worked out from these. */
  readonly cluster: readonly ClusterFacts[]
  /** Files of a folder that could not be read, with the reason. */
  readonly unreadable: readonly Unreadable[]
  /** Texts of kinds that somebody else reads: `ss-text`, `documents`. */
  readonly others: readonly FoundText[]
}

/**
 * Groups the manifests among some texts into projects and folders, and reads each.
 *
 * @param cluster how people call the cluster that Kubernetes manifests are for.
 * @throws Refusal where a file that a person named is broken; in a folder, such a file is `unreadable`.
 */
export function discover(found: readonly FoundText[], cluster?: string): Discovery {
  const unreadable: Unreadable[] = []
  const attempt: Attempt = (files, read) => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof Refusal) || files.some((file) => file.named)) throw error
      for (const { path, text } of files) unreadable.push({ path, reason: reasonOf(error, text) })
      return null
    }
  }
  const projects = readComposeProjects(ofKind(found, 'compose'), attempt)
  const manifests = manifestsOf(ofKind(found, 'kubernetes'), attempt)
  return {
    readings: [...projects, ...readFolders(manifests, attempt, cluster)],
    cluster: manifests.map(({ manifest }) => manifest.facts),
    unreadable,
    others: found.filter(({ kind }) => kind !== 'compose' && kind !== 'kubernetes'),
  }
}

/** The manifests of one folder are one source, as they are for `kubectl apply -f`. */
function readFolders(
  files: ReturnType<typeof manifestsOf>,
  attempt: Attempt,
  cluster?: string,
): readonly Reading[] {
  const folders = Map.groupBy(files, ({ file }) => folderOf(file.path))
  const beside = indexManifests([...folders.values()].flat().map(({ manifest }) => manifest))
  return [...folders].flatMap(([folder, read]) => {
    const manifests = read.map(({ manifest }) => manifest)
    const source = manifests.length === 1 ? (manifests[0]?.name ?? folder) : folder
    const reading = attempt(
      read.map(({ file }) => file),
      () => joinManifests(source, manifests, beside, cluster),
    )
    return reading === null ? [] : [reading]
  })
}

function manifestsOf(files: readonly FoundText[], attempt: Attempt) {
  const read: { readonly file: FoundText; readonly manifest: ReadManifest }[] = []
  for (const file of files) {
    const manifest = attempt([file], () =>
      readManifest({ name: file.path, text: file.text, digest: file.digest }),
    )
    if (manifest !== null) read.push({ file, manifest })
  }
  return read
}

function ofKind(found: readonly FoundText[], kind: FoundText['kind']): readonly FoundText[] {
  return found.filter((file) => file.kind === kind)
}

/** A Helm chart's files are no YAML before they are rendered; the parser's complaint would not say so. */
function reasonOf(refusal: Refusal, text: string): string {
  if (!text.includes('{{')) return refusal.message
  return `${refusal.message} (it holds {{ }}: a template, to be rendered first, for example by helm template)`
}
