import { createHmac } from 'node:crypto'

/**
 * A host's identity for Portreeve alone: 32 hexadecimal digits. machine-id(5) asks that the id itself be kept
 * confidential and that an application use a keyed hash of it. Null where there is no id to hash.
 */
export function placeIdentity(machineId: string): string | null {
  const id = machineId.trim()
  if (id === '' || id === 'uninitialized') return null
  return createHmac('sha256', id).update('portreeve place v1').digest('hex').slice(0, 32)
}
