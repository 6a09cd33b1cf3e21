import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Environment } from '../actions/environment.ts'
import { openKeyFile } from '../adapters/keyfile/key-file.ts'
import { subjectKeys } from '../adapters/keyfile/subject-keys.ts'
import { snapshotFolder } from '../adapters/snapshots/snapshot-folder.ts'
import { tileFolder } from '../adapters/tiles/tile-folder.ts'
import type { HostReader } from '../discovery/host-reader.ts'
import type { CheckpointRepository } from '../ledger/checkpoint-repository.ts'
import { NO_WITNESS, parseTrustPolicy, type TrustPolicy } from '../ledger/trust-policy.ts'
import type { Vault } from '../ledger/vault.ts'
import { type Certificate, certificatesInPem } from '../lib/certificate.ts'
import { Refusal } from '../model/refusal.ts'
import type { Instant } from '../model/port.ts'
import { pooledRandom } from './random.ts'
import type { Settings } from './settings.ts'

/** The software's name in the genesis and in coverage entries. */
export const VERSION = '0.1.0'
export const SOFTWARE = `portreeve/${VERSION}`

export interface Opened extends Environment {
  readonly pulse: Map<string, Instant>
}

/** Opens the store and the keys. `readOnly`: a second thread beside the writer of the same book. */
export async function openEnvironment(settings: Settings, options: { readOnly: boolean }): Promise<Opened> {
  mkdirSync(settings.data, { recursive: true, mode: 0o700 })
  const vault = subjectKeys(settings.subjectKeys)
  return {
    now: () => new Date().toISOString(),
    random: pooledRandom(),
    store: await openStore(settings, vault, options.readOnly),
    vault,
    key: openKeyFile({ keyPath: settings.keyPath, pinPath: join(settings.data, 'head.pin') }),
    tiles: tileFolder(join(settings.data, 'tiles'), 'private'),
    snapshots: {
      files: snapshotFolder(join(settings.data, 'snapshots')),
      every: settings.ledger.snapshotEntries,
    },
    outside: await openOutside(settings),
    pulse: new Map(),
    host: await hostReader(),
    files: await fileReader(),
  }
}

/** Who vouches for the log from outside. Nothing is loaded where nobody does. */
async function openOutside({ witnesses, ledger, timestamps }: Settings): Promise<Environment['outside']> {
  return {
    policy: witnesses === null ? NO_WITNESS : readPolicy(witnesses),
    web: (await import('../adapters/web/exchange.ts')).exchange,
    repository: ledger.repository === null ? null : await repositoryAt(ledger.repository),
    timestamps: {
      authorities: timestamps.authorities.map(({ name, url, roots }) => ({
        name,
        url,
        roots: readRoots(roots),
      })),
      everyMs: timestamps.everyMinutes * 60_000,
      atOnce: timestamps.atOnce,
    },
  }
}

function readRoots(path: string): readonly Certificate[] {
  const roots = certificatesIn(path)
  if (roots.length > 0) return roots
  throw new Refusal('bad-input', `${path} holds no certificate`, {
    hint: 'put the root certificate of the timestamp authority there, in PEM',
  })
}

function certificatesIn(path: string): readonly Certificate[] {
  try {
    return certificatesInPem(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Refusal('file-unreadable', `the certificates in ${path} cannot be read`, {
      hint: '`roots` of a timestamp authority names a file of certificates in PEM',
      cause,
    })
  }
}

function readPolicy(path: string): TrustPolicy {
  try {
    return parseTrustPolicy(readFileSync(path, 'utf8'), path)
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal('file-unreadable', `the witness policy ${path} cannot be read`, {
      hint: '`witnesses` in the configuration names a file in the form of C2SP tlog-policy',
      cause,
    })
  }
}

export async function repositoryAt(path: string): Promise<CheckpointRepository> {
  return (await import('../adapters/git/repository.ts')).gitRepository(path)
}

/** The reader of this host's sockets; null on systems without one. Loaded on demand: most commands need none. */
export async function hostReader(): Promise<HostReader | null> {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return null
  const { openListeners: open } = await import('../adapters/loopback/own-listeners.ts')
  return process.platform === 'linux'
    ? (await import('../adapters/linux/host.ts')).linuxHost({ open })
    : (await import('../adapters/macos/host.ts')).macosHost({ open })
}

export async function fileReader(): Promise<Environment['files']> {
  return (await import('../adapters/files/file-source.ts')).fileSource
}

/** The store's code, so that a thread can load it before it is told to open the book. */
export function loadStore(settings: Settings): Promise<unknown> {
  return settings.database === null
    ? import('../adapters/database/sqlite.ts')
    : import('../adapters/database/postgres.ts')
}

async function openStore(settings: Settings, vault: Vault, readOnly: boolean): Promise<Environment['store']> {
  if (settings.database !== null)
    return (await import('../adapters/database/postgres.ts')).openPostgres(settings.database, vault)
  return (await import('../adapters/database/sqlite.ts')).openSqlite({
    path: join(settings.data, 'book.sqlite'),
    readOnly,
    vault,
  })
}
