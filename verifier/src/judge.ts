import { checkAnswer } from './answer.ts'
import type { Case, ForkedHead } from './case.ts'
import { Checks, type Check } from './checks.ts'
import { Missing } from './fault.ts'
import {
  checkHead,
  checkHistory,
  checkSeen,
  checkWitnesses,
  readHead,
  strangers,
  trustedLogKeys,
} from './history.ts'
import { checkGenesis, checkKeys, checkStatements, readLeaves } from './entries.ts'
import { manifestSigners, parseManifest, type Manifest } from './manifest.ts'
import { checkOpened } from './opened.ts'
import { checkFolder, openPack, type Folder } from './pack.ts'
import { checkReplay, type Tiles } from './replay.ts'
import { checkTimestamps } from './stamps.ts'
import { parseTrust, type Trust } from './trust.ts'

/**
 * Judges an evidence pack: docs/formats/evidence-pack-v1.md. Values in, values out; throws for nothing that stands in
 * the evidence.
 */
export interface Evidence {
  readonly folder: Folder
  /** The trust file, handed over by another way than the pack. */
  readonly trust: Uint8Array | null
  /** The published log, to be replayed. */
  readonly tiles: Tiles | null
}

export interface Report {
  readonly exit: 0 | 10 | 20 | 30
  readonly checks: readonly Check[]
  /** What the pack is about, as far as it could be read. */
  readonly about: readonly string[]
  /** Two heads of one log that exclude each other, where there are such. */
  readonly fork: readonly ForkedHead[]
}

export function judge({ folder, trust: trustFile, tiles }: Evidence): Report {
  const checks = new Checks()
  const manifest = readManifest(checks, folder)
  if (manifest === null) return reportOf(checks, [], [])
  checks.make(
    'pack',
    () => checkFolder(folder, manifest),
    (files) => `${files} files, and nothing else`,
  )
  const pack = openPack(checks, folder, manifest)
  const trust = checkTrust(checks, trustFile, manifest)
  const head = readHead(pack)
  const leaves = readLeaves(checks, pack, head)
  const genesis = checkGenesis({ checks, trust, leaves, origin: manifest.log })
  const registry = checkKeys({ checks, trust, leaves, genesis, head })
  const logKeys = trustedLogKeys({ pack, trust, head, registry, genesis })
  const found: Case = { checks, pack, origin: manifest.log, trust, head, leaves, registry, logKeys }
  checkManifestSignature(found)
  checkHead(found)
  checkWitnesses(found)
  const seen = checkSeen(found)
  const stamps = checkTimestamps(found)
  checkStatements(found, seen)
  const opened = checkOpened(found)
  const about = checkAnswer({ ...found, opened, seen, stamps })
  const replayed = checkReplay({ ...found, opened, seen, stamps }, tiles)
  const fork = checkHistory({ ...found, opened, seen, stamps }, replayed)
  return reportOf(checks, about, fork)
}

function readManifest(checks: Checks, { files }: Folder): Manifest | null {
  const bytesOf = (path: string) => {
    const bytes = files.get(path)
    if (bytes === undefined) throw new Missing(`${path} is not in the folder`)
    return bytes
  }
  const before = checks.all.length
  const manifest = checks.make(
    'manifest',
    () => parseManifest(bytesOf('manifest.json'), bytesOf('manifest.sig')),
    () => '',
  )
  // It stands for the signature too, and is said once that is judged.
  if (manifest !== null) checks.all.splice(before)
  return manifest
}

function checkManifestSignature({ checks, pack, logKeys, registry }: Case): void {
  const { at, files, software } = pack.manifest
  const work = () => {
    const signers = manifestSigners(pack.manifest, logKeys)
    if (signers.length === 0) throw strangers(registry, (keys) => manifestSigners(pack.manifest, keys))
    return signers
  }
  checks.make(
    'manifest',
    work,
    ([key]) => `${files.size} files, made ${at} by ${software}, signed by log key ${key?.id}`,
  )
}

function checkTrust(checks: Checks, file: Uint8Array | null, { log }: Manifest): Trust | null {
  return checks.make(
    'trust',
    () => {
      if (file === null)
        throw new Missing(
          'no trust file was given: keys and genesis are taken from the pack itself, so it can be consistent and no more',
        )
      const trust = parseTrust(file)
      if (trust.origin !== log)
        throw new Missing(`the trust file is of another log, ${trust.origin}; this pack is of ${log}`)
      return trust
    },
    ({ origin, logs }) => `${origin}, ${logs.length} log key${logs.length === 1 ? '' : 's'}`,
  )
}

function reportOf(checks: Checks, about: readonly string[], fork: readonly ForkedHead[]): Report {
  const sorted = checks.all.toSorted((a, b) => rankOf(a) - rankOf(b))
  return { exit: exitOf(sorted, fork), checks: sorted, about, fork }
}

function exitOf(checks: readonly Check[], fork: readonly ForkedHead[]): Report['exit'] {
  if (fork.length > 0) return 30
  if (checks.some(({ state }) => state === 'failed')) return 20
  return checks.some(({ state, needed }) => state === 'not made' && needed) ? 10 : 0
}

/** The order of the page. */
const ORDER =
  'pack manifest file trust head witnesses history checkpoint leaf genesis keys statement opened timestamp revocation answer holds interval time sample replay later population'.split(
    ' ',
  )
function rankOf({ name }: Check): number {
  return ORDER.indexOf(name.split(' ', 1)[0] as string)
}
