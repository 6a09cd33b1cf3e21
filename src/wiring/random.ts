import { randomFillSync } from 'node:crypto'

/** Ids take 16 bytes and salts 32; a call of the system for each costs more than hashing the entry. */
const POOL = 4096

/** Random bytes from the system's source, fetched in pools; no byte is handed out twice, or kept once it was. */
export function pooledRandom(): (bytes: number) => Uint8Array {
  const pool = new Uint8Array(POOL)
  let used = POOL
  return (bytes) => {
    if (bytes > POOL) return randomFillSync(new Uint8Array(bytes))
    if (used + bytes > POOL) {
      randomFillSync(pool)
      used = 0
    }
    const own = pool.slice(used, used + bytes)
    pool.fill(0, used, used + bytes)
    used += bytes
    return own
  }
}
