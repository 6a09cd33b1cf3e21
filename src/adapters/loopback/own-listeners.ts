import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { OwnListeners } from '../../discovery/known-answer.ts'

export async function openListeners(): Promise<OwnListeners> {
  const tcp = createServer()
  const udp = createSocket('udp4')
  const close = (): void => {
    tcp.close()
    udp.close()
  }
  try {
    tcp.listen(0, '127.0.0.1')
    udp.bind(0, '127.0.0.1')
    await Promise.all([once(tcp, 'listening'), once(udp, 'listening')])
  } catch (error) {
    close()
    throw error
  }
  return { tcp: (tcp.address() as AddressInfo).port, udp: udp.address().port, pid: process.pid, close }
}
