import type { Transport } from '../model/port.ts'
import type { HostSocket } from './host-socket.ts'

/** A TCP and a UDP listener of this process on 127.0.0.1, opened so that a collector can be asked for them. */
export interface OwnListeners {
  readonly tcp: number
  readonly udp: number
  readonly pid: number
  close(): void
}

export type OpenListeners = () => Promise<OwnListeners>

/** Opens listeners of our own, looks, and says whether both were seen as this process's. */
export async function knownAnswer(
  open: OpenListeners,
  look: () => Promise<readonly HostSocket[]>,
): Promise<string> {
  let opened: OwnListeners | null = null
  try {
    opened = await open()
    return verdict(opened, await look())
  } catch (error) {
    return `failed: the test could not be made (${error instanceof Error ? error.message : 'unknown'})`
  } finally {
    opened?.close()
  }
}

function verdict(opened: OwnListeners, seen: readonly HostSocket[]): string {
  const missed = (['tcp', 'udp'] as const).filter((transport) => !isSeen(opened, transport, seen))
  if (missed.length === 0)
    return 'passed: a TCP and a UDP listener on 127.0.0.1 were opened and seen as our own'
  return `failed: opened and not seen as our own: ${missed.map((name) => `${opened[name]}/${name}`).join(', ')}`
}

function isSeen(
  opened: OwnListeners,
  transport: Transport & ('tcp' | 'udp'),
  seen: readonly HostSocket[],
): boolean {
  return seen.some(
    ({ transport: by, port, address, owners }) =>
      by === transport &&
      port === opened[transport] &&
      address === '127.0.0.1' &&
      owners.some(({ pid }) => pid === opened.pid),
  )
}
