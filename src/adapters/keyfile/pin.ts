import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fromBase64, toBase64 } from '../../lib/base64.ts'
import { HASH_SIZE, sameBytes } from '../../lib/merkle.ts'
import { Fatal, Refusal } from '../../model/refusal.ts'
import { errorCode, syncFolder, writeSynced } from './durable.ts'

/** The newest head that was signed: docs/formats/ledger-checkpoint-v1.md, "The pin file". */
export interface Pin {
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

const LINE = 'portreeve.dev/pin/v1'
const PIN = /^portreeve\.dev\/pin\/v1\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n$/
const MAX_PIN = 128

/** Null where nothing was pinned yet. */
export async function readPin(path: string): Promise<Pin | null> {
  const text = await readText(path)
  return text === null ? null : parsePin(path, text)
}

/** Never back: a head below the pinned one, or another of its size, is the beginning of a fork. */
export async function writePin(path: string, head: Pin): Promise<void> {
  const old = await readPin(path)
  if (old !== null) refuseFork(path, old, head)
  try {
    const draft = `${path}.new`
    await writeSynced(draft, `${LINE}\n${head.size}\n${toBase64(head.root)}\n`, { flags: 'w', mode: 0o600 })
    await rename(draft, path)
    await syncFolder(dirname(path))
  } catch (error) {
    throw new Fatal(`the head of the ledger cannot be pinned in ${path}: ${errorCode(error)}`, {
      hint: 'make room on the disk, or give the folder back to the account that runs Portreeve; then start again',
      cause: error,
    })
  }
}

function refuseFork(path: string, old: Pin, head: Pin): void {
  if (head.size > old.size || (head.size === old.size && sameBytes(head.root, old.root))) return
  throw new Refusal(
    'ledger-fork',
    `a ledger of ${head.size} entries was to be signed, but ${path} pins ${old.size}`,
    {
      hint: 'put the newest database back; signing an older one again would fork the ledger',
    },
  )
}

async function readText(path: string): Promise<string | null> {
  try {
    const file = await open(path, 'r')
    try {
      // A pin is shorter; a byte more shows that it is none.
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_PIN), 0, MAX_PIN, 0)
      return buffer.toString('latin1', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw unreadable(path, errorCode(error), error)
  }
}

function parsePin(path: string, text: string): Pin {
  const [, size = '', encoded = ''] = PIN.exec(text) ?? []
  const root = fromBase64(encoded)
  if (root?.length !== HASH_SIZE || !Number.isSafeInteger(Number(size)))
    throw unreadable(path, 'it is not the pin of a ledger', null)
  return { size: Number(size), root }
}

function unreadable(path: string, reason: string, cause: unknown): Refusal {
  return new Refusal(
    'file-unreadable',
    `${path}, which pins the head of the ledger, cannot be read: ${reason}`,
    {
      hint: 'put it back from a backup; without it an older copy of the database would go unnoticed',
      cause,
    },
  )
}
