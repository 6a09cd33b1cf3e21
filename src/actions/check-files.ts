import type { CheckReport } from '../api/views.ts'
import { withServiceNames } from '../discovery/services.ts'
import type { Severity } from '../model/finding.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import { openQuestions } from '../registry/check.ts'
import { checkReferences } from '../registry/documents/references.ts'
import { parseDocuments } from '../registry/documents/parse.ts'
import { checkReport } from './check-book.ts'
import {
  invalidDocuments,
  readFiles,
  readScan,
  readScans,
  refuseUnreadDocuments,
  type FileSource,
  type ReadOptions,
} from './read-files.ts'
import { survey } from './survey.ts'

/** The gate over files, offline: what manifests would open is taken as listening. */
export async function checkFiles(
  files: FileSource,
  paths: readonly string[],
  options: ReadOptions & { readonly failOn?: Severity | undefined },
  at: Instant,
): Promise<CheckReport> {
  const found = await readFiles(files, paths, options)
  refuseUnreadDocuments(found)
  const { documents, faults } = parseDocuments(
    found.documents.map(({ path, text }) => ({ name: path, text })),
  )
  const dangling = faults.length > 0 ? [] : checkReferences(documents, () => false)
  const wrong = [...faults, ...dangling]
  if (wrong.length > 0) throw invalidDocuments(wrong)
  const scans = await readScans(found.scans, (scan) => readScan(scan, options))
  const readings = [...found.readings, ...scans.read]
  const unreadable = [...found.unreadable, ...scans.unreadable]
  if (readings.length === 0 && documents.length === 0) {
    const [unread] = unreadable
    const said = unread === undefined ? '' : `; ${unread.path} could not be read: ${unread.reason}`
    throw new Refusal('source-unknown', `nothing that can be checked is in ${paths.join(', ')}${said}`, {
      hint: 'portreeve init writes a first portreeve.yaml; Compose files, Kubernetes manifests, nmap XML and ss text are read too',
    })
  }
  const { findings, rows } = survey(readings.map(withServiceNames), documents, at, true)
  const unknown = openQuestions({ places: [], sources: [], ports: rows })
  const unread = unreadable.map(({ path, reason }) => ({
    id: `unreadable:${path}`,
    severity: 'medium' as const,
    text: `${path} could not be read, so what it opens is unknown: ${reason}`,
    hint: 'mend it, or leave it out of the paths',
    place: null,
  }))
  return checkReport(at, findings, [...unread, ...unknown], {
    failOn: options.failOn ?? 'high',
    allowUndetermined: false,
  })
}
