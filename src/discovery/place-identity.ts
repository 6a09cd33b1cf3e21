import { createHmac } from 'node:crypto'

/**
 * A host's identity for Portreeve alone: 32 hexadecimal digits. machine-id(5) asks that the id itself be kept
 * confidential and that an application use a keyed hash of it. Null where there is no id to hash.
 */
export function placeIdentity(machineId: string): string | null {
  return keyed(machineId, 'portreeve place v1')
}

/** Which run of the kernel this is, likewise: 32 hexadecimal digits, null where there is no id. */
export function bootIdentity(bootId: string): string | null {
  return keyed(bootId, 'portreeve boot v1')
}

function keyed(text: string, purpose: string): string | null {
  const id = text.trim()
  if (id === '' || id === 'uninitialized') return null
  return createHmac('sha256', id).update(purpose).digest('hex').slice(0, 32)
}
