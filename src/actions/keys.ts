import { foldKey } from '../ledger/authority.ts'
import type { KeyHolder, LogSigner } from '../ledger/key.ts'
import { beginRegistry, type KeyRegistry, logKeysAt } from '../ledger/key-registry.ts'
import { readRecord } from '../ledger/record.ts'
import type { LedgerReads, StoredEntry } from '../ledger/store.ts'
import { noteKeyOf } from '../lib/note-key.ts'
import { Refusal } from '../model/refusal.ts'

/** Entries of type key that are read at a time. */
const STRIDE = 1000

/** The keys of a log by what its entries say, read as far as they are asked for and remembered. */
export class Keys {
  #known: KeyRegistry | null = null

  /** As the first `size` entries leave it, all of which are committed. At least one is. */
  async at(read: LedgerReads, size: number): Promise<KeyRegistry> {
    const known = this.#known !== null && this.#known.size <= size ? this.#known : await begin(read)
    const registry = { ...(await fold(read, known, size)), size }
    if (this.#known === null || this.#known.size < size) this.#known = registry
    return registry
  }
}

/** Who signs a checkpoint of this size. Throws `Refusal('ledger-key')` where one of the keys is not here. */
export async function signersOf(key: KeyHolder, registry: KeyRegistry, size: number): Promise<LogSigner[]> {
  const named = logKeysAt(registry, size)
  const signers: LogSigner[] = []
  for (const { key: wanted, from } of named) {
    const signer = await signerFor(key, registry.origin, wanted.text)
    if (signer === null) throw notHere(wanted.keyId, from)
    signers.push(signer)
  }
  return signers
}

/**
 * A rotation that was broken off before its last step is brought to its end: where the present key has ended and the
 * next one signs the log, it takes the first one's place.
 */
export async function settleKeys(key: KeyHolder, registry: KeyRegistry): Promise<void> {
  const texts = logKeysAt(registry, registry.size).map((named) => named.key.text)
  if (texts.includes(await textOf(registry.origin, key))) return
  const next = await key.next()
  if (next !== null && texts.includes(await textOf(registry.origin, next))) await key.promoteNext()
}

/**
 * Ids of the keys that sign a log of this size and are not in the data folder. A rotation that was broken off there is
 * settled first, by what the entries say: a key that has ended is not asked for.
 */
export async function lackingKeys(key: KeyHolder, registry: KeyRegistry): Promise<readonly string[]> {
  const named = logKeysAt(registry, registry.size)
  try {
    await settleKeys(key, registry)
    const here = await Promise.all(named.map((each) => signerFor(key, registry.origin, each.key.text)))
    return named.flatMap((each, n) => (here[n] === null ? [each.key.keyId] : []))
  } catch (error) {
    // There is no key at all, or none that may be read.
    if (error instanceof Refusal && error.code === 'ledger-key') return named.map((each) => each.key.keyId)
    throw error
  }
}

/** The text of a signer's key in the log. */
export async function textOf(origin: string, signer: LogSigner): Promise<string> {
  return noteKeyOf(origin, 'ed25519', await signer.publicKey()).text
}

/** All keys that ever signed for the log. */
export function logKeyTexts({ logKeys }: KeyRegistry): readonly string[] {
  return logKeys.map(({ key }) => key.text)
}

async function begin(read: LedgerReads): Promise<KeyRegistry> {
  const genesis = await read.entry(0)
  if (genesis === null) throw new Error('a log without entries has no keys')
  return beginRegistry(readRecord(genesis.leaf))
}

async function fold(read: LedgerReads, from: KeyRegistry, size: number): Promise<KeyRegistry> {
  let registry = from
  while (registry.size < size) {
    const entries = await read.entries({ from: registry.size, limit: STRIDE, types: ['key'] })
    const before = entries.filter(({ index }) => index < size)
    registry = before.reduce(foldStored, registry)
    if (before.length < STRIDE) return registry
  }
  return registry
}

/** An entry that breaks a rule has no effect: docs/formats/ledger-keys-v1.md. The writer lets none pass. */
export function foldStored(
  registry: KeyRegistry,
  { index, leaf }: Pick<StoredEntry, 'index' | 'leaf'>,
): KeyRegistry {
  try {
    return foldKey(registry, index, readRecord(leaf))
  } catch (error) {
    if (error instanceof Refusal) return { ...registry, size: index + 1 }
    throw error
  }
}

async function signerFor(key: KeyHolder, origin: string, text: string): Promise<LogSigner | null> {
  if ((await textOf(origin, key)) === text) return key
  const next = await key.next()
  return next !== null && (await textOf(origin, next)) === text ? next : null
}

function notHere(keyId: string, from: number): Refusal {
  return new Refusal(
    'ledger-key',
    `the log is signed by the key ${keyId} since entry ${from}, and that key is not in this data folder`,
    {
      hint: 'several servers on one database share their keys: bring the key file, and the one with .next behind its name, from the server that has them',
    },
  )
}
