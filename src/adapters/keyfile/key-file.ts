import type { KeyObject } from 'node:crypto'
import type { KeyHolder } from '../../ledger/key.ts'
import { rawEd25519PublicKey, signEd25519 } from '../../lib/ed25519.ts'
import { loadOrMakeKey } from './private-key.ts'
import { readPin, writePin } from './pin.ts'

export interface KeyFilePaths {
  /** PKCS #8 PEM, for its owner alone. */
  readonly keyPath: string
  readonly pinPath: string
}

/**
 * The log's key and the pinned head as two files. Nothing is read or made before it is asked for. Methods throw
 * `Refusal('ledger-key')` for a key that cannot be used, `Refusal('file-unreadable')` for a pin that cannot be read,
 * `Refusal('ledger-fork')` for a pin that would go back, and `Fatal` where what is on the disk is not known.
 */
export function openKeyFile({ keyPath, pinPath }: KeyFilePaths): KeyHolder {
  let loaded: Promise<KeyObject> | null = null
  let pinning: Promise<void> = Promise.resolve()
  const key = async () => {
    loaded ??= loadOrMakeKey(keyPath, async () => (await readPin(pinPath)) !== null)
    // A failure is not kept: the next call finds what was mended in the meantime.
    return loaded.catch((error: unknown) => {
      loaded = null
      throw error
    })
  }
  return {
    publicKey: async () => rawEd25519PublicKey(await key()),
    sign: async (message) => signEd25519(await key(), message),
    pinned: () => readPin(pinPath),
    pin: (head) => {
      const written = pinning.then(() => writePin(pinPath, head))
      pinning = written.catch(() => undefined)
      return written
    },
  }
}
