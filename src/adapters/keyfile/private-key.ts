import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Fatal, Refusal } from '../../model/refusal.ts'
import { errorCode, syncFolder, writeSynced } from './durable.ts'

const MAX_KEY_FILE = 16_384
const OTHERS = 0o077

/**
 * The key in the file; a new one where there is no file. `isUsed` tells whether this log was signed before: then a
 * key that is missing is lost, and a new one would be a stranger's.
 */
export async function loadOrMakeKey(path: string, isUsed: () => Promise<boolean>): Promise<KeyObject> {
  const present = await loadKey(path)
  if (present !== null) return present
  if (await isUsed()) throw lost(path)
  await makeKey(path)
  const made = await loadKey(path)
  if (made === null) throw new Fatal(`${path} is gone as soon as it was made`)
  return made
}

/** The key in the file; null where there is no file. Throws `Refusal('ledger-key')`. */
export async function loadKey(path: string): Promise<KeyObject | null> {
  const file = await openKey(path)
  if (file === null) return null
  try {
    return parseKey(path, await readPrivately(path, file))
  } finally {
    await file.close()
  }
}

async function openKey(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw new Refusal('ledger-key', `the log's key ${path} cannot be read: ${errorCode(error)}`, {
      hint: 'run as the account that owns it',
      cause: error,
    })
  }
}

/** Asks the open file, not its path: between the two it could be exchanged. */
async function readPrivately(path: string, file: FileHandle): Promise<string> {
  const { mode, size } = await file.stat()
  // Windows has no such bits; access there follows the folder.
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0)
    throw new Refusal('ledger-key', `the log's key ${path} can be used by other accounts of this machine`, {
      hint: `chmod 600 ${path}`,
    })
  if (size > MAX_KEY_FILE) throw unusable(path, null)
  return file.readFile('utf8')
}

function parseKey(path: string, pem: string): KeyObject {
  const key = readPem(path, pem)
  if (key.asymmetricKeyType !== 'ed25519') throw unusable(path, null)
  return key
}

function readPem(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem' })
  } catch (error) {
    throw unusable(path, error)
  }
}

/** Complete under another name first, then linked: `link` fails where a key stands, and nobody sees half of one. */
async function makeKey(path: string): Promise<void> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })
  const draft = `${path}.${randomUUID()}.new`
  try {
    await writeSynced(draft, pem, { flags: 'wx', mode: 0o600 })
    await link(draft, path)
    await syncFolder(dirname(path))
  } catch (error) {
    // Another process made one between our look and our link; theirs it is.
    if (errorCode(error) !== 'EEXIST') throw cannotMake(path, error)
  } finally {
    await rm(draft, { force: true })
  }
}

/** One rename: whoever looks, also after a crash, finds the old key there or the new one. */
export async function replaceKey(path: string, by: string): Promise<void> {
  try {
    await rename(by, path)
    await syncFolder(dirname(path))
  } catch (error) {
    throw new Fatal(`${by} cannot take the place of the log's key ${path}: ${errorCode(error)}`, {
      hint: 'give the folder back to the account that runs Portreeve; then start again',
      cause: error,
    })
  }
}

function lost(path: string): Refusal {
  return new Refusal('ledger-key', `this log was signed, and its key ${path} is gone`, {
    hint: 'put the key back from a backup; with another key every checkpoint would be refused',
  })
}

function unusable(path: string, cause: unknown): Refusal {
  return new Refusal(
    'ledger-key',
    `${path} does not hold an Ed25519 private key in PEM without a passphrase`,
    {
      hint: 'put the key back from a backup',
      cause,
    },
  )
}

function cannotMake(path: string, cause: unknown): Refusal {
  return new Refusal('ledger-key', `the log's key ${path} cannot be made: ${errorCode(cause)}`, {
    hint: 'make the folder, or name another file with --key',
    cause,
  })
}
