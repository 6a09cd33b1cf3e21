import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { HostSocket } from '../../discovery/host-socket.ts'
import type { Transport } from '../../model/port.ts'

/** Opens a TCP and a UDP listener on loopback, looks, and says whether both were seen as this process's own. */
export async function knownAnswer(look: () => Promise<readonly HostSocket[]>): Promise<string> {
  const tcp = createServer()
  const udp = createSocket('udp4')
  try {
    tcp.listen(0, '127.0.0.1')
    udp.bind(0, '127.0.0.1')
    await Promise.all([once(tcp, 'listening'), once(udp, 'listening')])
    const opened = { tcp: (tcp.address() as AddressInfo).port, udp: udp.address().port }
    return verdict(opened, await look())
  } catch (error) {
    return `failed: the test listeners could not be opened (${error instanceof Error ? error.message : 'unknown'})`
  } finally {
    tcp.close()
    udp.close()
  }
}

function verdict(opened: Record<'tcp' | 'udp', number>, seen: readonly HostSocket[]): string {
  const missed = (['tcp', 'udp'] as const).filter((transport) => !isOurs(seen, transport, opened[transport]))
  if (missed.length === 0)
    return 'passed: a TCP and a UDP listener on 127.0.0.1 were opened and seen as our own'
  return `failed: opened and not seen as our own: ${missed.map((name) => `${opened[name]}/${name}`).join(', ')}`
}

function isOurs(seen: readonly HostSocket[], transport: Transport, port: number): boolean {
  const found = seen.find((socket) => socket.transport === transport && socket.port === port)
  return found?.address === '127.0.0.1' && found.owners.some(({ pid }) => pid === process.pid)
}
