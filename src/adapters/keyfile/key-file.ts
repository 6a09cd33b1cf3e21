import type { KeyObject } from 'node:crypto'
import type { KeyHolder, LogSigner } from '../../ledger/key.ts'
import { rawEd25519PublicKey, signEd25519 } from '../../lib/ed25519.ts'
import { readPin, writePin } from './pin.ts'
import { loadKey, loadOrMakeKey, replaceKey } from './private-key.ts'

export interface KeyFilePaths {
  /** PKCS #8 PEM, for its owner alone. Beside it, with `.next` behind its name, stands the key that is to follow. */
  readonly keyPath: string
  readonly pinPath: string
}

/**
 * The log's key and the pinned head as files. Nothing is read or made before it is asked for. Methods throw
 * `Refusal('ledger-key')` for a key that cannot be used, `Refusal('file-unreadable')` for a pin that cannot be read,
 * `Refusal('ledger-fork')` for a pin that would go back, and `Fatal` where what is on the disk is not known.
 */
export function openKeyFile({ keyPath, pinPath }: KeyFilePaths): KeyHolder {
  const nextPath = `${keyPath}.next`
  const isUsed = async () => (await readPin(pinPath)) !== null
  let first = remembered(() => loadOrMakeKey(keyPath, isUsed))
  let pinning: Promise<void> = Promise.resolve()
  return {
    publicKey: async () => rawEd25519PublicKey(await first()),
    sign: async (message) => signEd25519(await first(), message),
    next: async () => {
      const key = await loadKey(nextPath)
      return key === null ? null : signerOf(key)
    },
    // The log is long in use, and it is this key that is new.
    makeNext: async () => signerOf(await loadOrMakeKey(nextPath, () => Promise.resolve(false))),
    promoteNext: async () => {
      await replaceKey(keyPath, nextPath)
      first = remembered(() => loadOrMakeKey(keyPath, isUsed))
    },
    pinned: () => readPin(pinPath),
    pin: (head) => {
      const written = pinning.then(() => writePin(pinPath, head))
      pinning = written.catch(() => undefined)
      return written
    },
  }
}

/** Loads once. A failure is not kept: the next call finds what was mended in the meantime. */
function remembered(load: () => Promise<KeyObject>): () => Promise<KeyObject> {
  let loaded: Promise<KeyObject> | null = null
  return () => {
    loaded ??= load()
    return loaded.catch((error: unknown) => {
      loaded = null
      throw error
    })
  }
}

function signerOf(key: KeyObject): LogSigner {
  return {
    publicKey: () => Promise.resolve(rawEd25519PublicKey(key)),
    sign: (message) => Promise.resolve(signEd25519(key, message)),
  }
}
