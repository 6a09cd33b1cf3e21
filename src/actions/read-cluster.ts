import { connectivityOf } from '../exposure/connectivity.ts'
import type { Connectivity, PolicyEnforcement } from '../exposure/connectivity.ts'
import { zonesOf } from '../exposure/zones.ts'
import type { Zone } from '../exposure/zones.ts'
import { parseCidr } from '../lib/ip.ts'
import type { BookDocument } from '../model/document.ts'
import { Refusal } from '../model/refusal.ts'
import type { Level, ZoneFacts } from '../model/reach.ts'
import { parseDocuments } from '../registry/documents/parse.ts'
import { invalidDocuments, readFiles, refuseUnreadDocuments } from './read-files.ts'
import type { FileSource, ReadFiles } from './read-files.ts'

/** Whether policies have an effect, as the command line names it. */
export { ENFORCEMENTS } from '../exposure/connectivity.ts'
export type { PolicyEnforcement } from '../exposure/connectivity.ts'

export interface ReachOptions {
  readonly cni?: PolicyEnforcement | undefined
  /** A file with Zone documents, beside those among the paths. */
  readonly zones?: string | undefined
}

export interface ReadCluster {
  readonly connectivity: Connectivity
  readonly zones: readonly Zone[]
  readonly found: ReadFiles
}

/**
 * The cluster that some manifests describe together, with the zones of the documents among them.
 *
 * @throws Refusal `source-unknown` where no manifest is found, and as reading files does.
 */
export async function readCluster(
  files: FileSource,
  paths: readonly string[],
  options: ReachOptions = {},
): Promise<ReadCluster> {
  const found = await readFiles(files, paths, {})
  refuseUnreadDocuments(found)
  if (found.cluster.length === 0) {
    const [unread] = found.unreadable
    const said = unread === undefined ? '' : `; ${unread.path} could not be read: ${unread.reason}`
    throw new Refusal('source-unknown', `no Kubernetes manifest is in ${paths.join(', ')}${said}`, {
      hint: 'name the files or folders that hold them; a Helm chart is rendered first: helm template CHART | portreeve connections -',
    })
  }
  const documents = [...documentsIn(found), ...(await zoneFile(files, options.zones))]
  return {
    connectivity: connectivityOf(found.cluster, options.cni),
    zones: zonesOf(zoneFacts(documents)),
    found,
  }
}

/** The Zone documents of a file that `--zones` names. */
export async function zoneFile(
  files: FileSource,
  path: string | undefined,
): Promise<readonly BookDocument[]> {
  if (path === undefined) return []
  const found = await readFiles(files, [path], { as: 'documents' })
  const documents = documentsIn(found)
  if (documents.some(({ kind }) => kind === 'Zone')) return documents
  throw new Refusal('document-invalid', `${path} holds no Zone document`, {
    hint: 'portreeve schema Zone prints what one may hold',
  })
}

export function zoneFacts(documents: readonly BookDocument[]): readonly ZoneFacts[] {
  return documents.flatMap(({ kind, name, spec }): readonly ZoneFacts[] => {
    if (kind !== 'Zone') return []
    const cidrs = Array.isArray(spec['cidrs']) ? spec['cidrs'] : []
    return [
      {
        name,
        level: spec['level'] as Level,
        cidrs: cidrs.map((text) => parseCidr(String(text))).filter((cidr) => cidr !== null),
      },
    ]
  })
}

function documentsIn(found: ReadFiles): readonly BookDocument[] {
  const { documents, faults } = parseDocuments(
    found.documents.map(({ path, text }) => ({ name: path, text })),
  )
  if (faults.length > 0) throw invalidDocuments(faults)
  return documents
}
