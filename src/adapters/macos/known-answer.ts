import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { HostSocket } from '../../discovery/host-socket.ts'

/** Opens a TCP and a UDP listener on loopback, looks, and says whether both were seen as this process's own. */
export async function knownAnswer(look: () => Promise<readonly HostSocket[]>): Promise<string> {
  const tcp = createServer()
  const udp = createSocket('udp4')
  try {
    tcp.listen(0, '127.0.0.1')
    udp.bind(0, '127.0.0.1')
    await Promise.all([once(tcp, 'listening'), once(udp, 'listening')])
    const wanted = [`tcp ${(tcp.address() as AddressInfo).port}`, `udp ${udp.address().port}`]
    const seen = new Set((await look()).filter(isOurs).map(({ transport, port }) => `${transport} ${port}`))
    const missed = wanted.filter((one) => !seen.has(one))
    return missed.length === 0
      ? 'passed: a TCP and a UDP listener on 127.0.0.1 were opened and seen as our own'
      : `failed: opened and not seen as our own: ${missed.join(', ')}`
  } catch (error) {
    return `failed: the test could not be made (${error instanceof Error ? error.message : 'unknown'})`
  } finally {
    tcp.close()
    udp.close()
  }
}

function isOurs({ address, owners }: HostSocket): boolean {
  return address === '127.0.0.1' && owners.some(({ pid }) => pid === process.pid)
}
