import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64, toBase64 } from '../../lib/base64.ts'
import type { SubjectKey, Vault } from '../../ledger/vault.ts'
import { Fatal, Refusal } from '../../model/refusal.ts'
import { errorCode, syncFolder, writeSynced } from './durable.ts'

/**
 * Keys of sealed values as files in a folder: docs/formats/sealed-store-v1.md. Several processes and servers may share
 * it. Nothing is made before a value is sealed. Throws `Refusal('sealed-keys')` for a folder or a key that cannot be
 * used, `Fatal` where a key that was to be made or destroyed may not be.
 */
export function subjectKeys(folder: string): Vault {
  const at = foldersIn(folder)
  const cache = new KeyCache(at)
  let making: Promise<Uint8Array> | null = null
  const secret = () =>
    (making ??= secretIn(folder, at).catch((error) => ((making = null), Promise.reject(error))))
  return {
    key: (id) => cache.key(id),
    keysFor: async (subjects) => {
      const hashing = await secret()
      return guarded(folder, async () => {
        const found = new Map<string, SubjectKey>()
        let made = false
        for (const subject of subjects) {
          const name = createHmac('sha256', hashing).update(subject).digest('hex').slice(0, ID_DIGITS)
          const standing = await standingKey(join(at.subjects, name), cache)
          made ||= standing === null
          found.set(subject, standing ?? (await makeKey(at, name, cache)))
        }
        if (made) await syncFolder(at.keys)
        return found
      })
    },
    retire: (ids) => guarded(folder, () => retire(at, new Set(ids))),
    destroy: (ids) =>
      guarded(folder, async () => {
        await retire(at, new Set(ids))
        for (const id of ids) await destroyKey(at, id)
        cache.forget()
        if (ids.length > 0) for (const path of [at.destroyed, at.keys]) await syncFolder(path)
      }),
    destroyed: () => guarded(folder, () => namesIn(at.destroyed)),
    missing: async (ids) => {
      const there = new Set(await namesIn(at.keys))
      return ids.filter((id) => !there.has(id))
    },
  }
}

interface Folders {
  readonly keys: string
  readonly subjects: string
  readonly destroyed: string
}

const ID_DIGITS = 32
const ID = /^[0-9a-f]{32}$/
const KEY_SIZE = 32
const KEY_LINE = 'portreeve.dev/subject-key/v1\n'
const SECRET_LINE = 'portreeve.dev/subject-secret/v1\n'
/** Another process may destroy a key that this one has used: it is not kept for longer. */
const CACHED_MS = 60_000
const OTHERS = 0o077

class KeyCache {
  readonly #keys = new Map<string, Uint8Array>()
  readonly #at: Folders
  #since = 0

  constructor(at: Folders) {
    this.#at = at
  }

  key(id: string): Uint8Array | null {
    if (performance.now() - this.#since > CACHED_MS) this.forget()
    const known = this.#keys.get(id)
    if (known !== undefined) return known
    const read = ID.test(id) ? readKey(join(this.#at.keys, id)) : null
    if (read !== null) this.#keys.set(id, read)
    return read
  }

  forget(): void {
    for (const key of this.#keys.values()) key.fill(0)
    this.#keys.clear()
    this.#since = performance.now()
  }
}

/** Synchronous: thousands of values are opened one after the other, and nearly all by keys that were read before. */
function readKey(path: string): Uint8Array | null {
  let text: string
  try {
    text = readFileSync(path, 'latin1')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw unusable(path, errorCode(error), error)
  }
  const key = parse(text, KEY_LINE)
  // Zeros alone: its destruction was begun, and the process ended before the name was gone.
  if (key === null && /^\0*$/.test(text)) return null
  if (key === null) throw unusable(path, 'it is not such a key', null)
  return key
}

function parse(text: string, line: string): Uint8Array | null {
  if (!text.startsWith(line) || !text.endsWith('\n')) return null
  const bytes = fromBase64(text.slice(line.length, -1))
  return bytes?.length === KEY_SIZE ? bytes : null
}

async function standingKey(subject: string, cache: KeyCache): Promise<SubjectKey | null> {
  const text = await readIfThere(subject)
  const id = text?.trim() ?? ''
  // Copied: what the cache forgets, it overwrites.
  const key = cache.key(id)?.slice() ?? null
  if (text !== null && key === null) await rm(subject, { force: true })
  return key === null ? null : { id, key }
}

/** The key first, then the name of its subject: whoever finds the name finds the key. */
async function makeKey(at: Folders, subject: string, cache: KeyCache): Promise<SubjectKey> {
  const [id, key] = [randomBytes(ID_DIGITS / 2).toString('hex'), randomBytes(KEY_SIZE)]
  await writeSynced(join(at.keys, id), `${KEY_LINE}${toBase64(key)}\n`, { flags: 'wx', mode: 0o600 })
  const draft = join(at.subjects, `${id}.new`)
  await writeSynced(draft, `${id}\n`, { flags: 'wx', mode: 0o600 })
  try {
    await link(draft, join(at.subjects, subject))
    return { id, key }
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    // Another process made one between our look and our link; theirs it is.
    const theirs = await standingKey(join(at.subjects, subject), cache)
    if (theirs === null) return { id, key }
    await rm(join(at.keys, id), { force: true })
    return theirs
  } finally {
    await rm(draft, { force: true })
  }
}

async function retire(at: Folders, ids: ReadonlySet<string>): Promise<void> {
  for (const name of await namesIn(at.subjects)) {
    const path = join(at.subjects, name)
    if (ids.has((await readIfThere(path))?.trim() ?? '')) await rm(path, { force: true })
  }
}

/** Remembered before it is gone; overwritten in place before its name is. A disk may keep older copies of a block. */
async function destroyKey(at: Folders, id: string): Promise<void> {
  if (!ID.test(id)) return
  await writeSynced(join(at.destroyed, id), '', { flags: 'w', mode: 0o600 })
  await syncFolder(at.destroyed)
  const path = join(at.keys, id)
  try {
    const { size } = await stat(path)
    const file = await open(path, 'r+')
    try {
      await file.write(Buffer.alloc(size), 0, size, 0)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  await rm(path, { force: true })
}

function foldersIn(folder: string): Folders {
  return {
    keys: join(folder, 'keys'),
    subjects: join(folder, 'subjects'),
    destroyed: join(folder, 'destroyed'),
  }
}

/** What the names of subjects are hashed with, so that the folder's names alone say nothing of anybody. */
async function secretIn(folder: string, at: Folders): Promise<Uint8Array> {
  return guarded(folder, async () => {
    for (const path of [folder, ...(Object.values(at) as string[])])
      await mkdir(path, { recursive: true, mode: 0o700 })
    const path = join(folder, 'secret')
    if ((await readIfThere(path)) === null) await makeSecret(path)
    if (process.platform !== 'win32' && ((await stat(path)).mode & OTHERS) !== 0)
      throw new Refusal('sealed-keys', `${folder} can be read by other accounts of this machine`, {
        hint: `chmod -R go= ${folder}`,
      })
    const secret = parse((await readIfThere(path)) ?? '', SECRET_LINE)
    if (secret === null) throw unusable(path, 'it is not the secret of such a folder', null)
    return secret
  })
}

async function makeSecret(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}.new`
  try {
    const content = `${SECRET_LINE}${toBase64(randomBytes(KEY_SIZE))}\n`
    await writeSynced(draft, content, { flags: 'wx', mode: 0o600 })
    await link(draft, path)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'latin1')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw unusable(path, errorCode(error), error)
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).filter((name) => ID.test(name))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

/** What is not on the disk must not be sealed under, and what was to be destroyed must not be said to be. */
async function guarded<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Fatal(`the keys of the sealed values in ${folder} cannot be written: ${errorCode(cause)}`, {
      hint: 'make room on the disk, or give the folder back to the account that runs Portreeve; then start again',
      cause,
    })
  }
}

function unusable(path: string, reason: string, cause: unknown): Refusal {
  return new Refusal('sealed-keys', `${path}, a key of sealed values, cannot be used: ${reason}`, {
    hint: 'put the folder back, or run as the account that owns it',
    cause,
  })
}
