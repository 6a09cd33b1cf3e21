import type { PortView } from '../../../src/api/views.ts'

/** `10.0.3.7:5432/tcp` of an id; the namespace is shown unless it is that of process 1. */
export function portText(id: string): string {
  return id.replace(/^[^]*?\/(?=net:)/, '').replace(/^net:1\//, '')
}

/** The console's page of a port. Slashes stay; `%device` and whatever else an address could misread does not. */
/** The address of a port's page, as of a moment where one is named. */
export function portPath(id: string, at?: string): string {
  const moment = at === undefined ? '' : `?${new URLSearchParams({ at }).toString()}`
  return `/ports/${encodeURIComponent(id).replaceAll('%2F', '/').replaceAll('%3A', ':')}${moment}`
}

type Address = Pick<PortView, 'address' | 'device' | 'port' | 'lastPort' | 'transport'>

/** `10.0.3.7:5432/tcp`, `[::]%eth0:8000-8100/udp`, `*:22/tcp`, `?:80/tcp` where the source does not say. */
export function addressText({ address, device, port, lastPort, transport }: Address): string {
  const host = address === null ? '?' : address.includes(':') ? `[${address}]` : address
  const range = port === 0 ? '?' : lastPort === port ? String(port) : `${port}-${lastPort}`
  return `${host}${device === null ? '' : `%${device}`}:${range}/${transport}`
}

/** What an address means, for those who think in duties. */
export function addressMeaning(address: string | null, family: PortView['family']): string {
  if (address === null) return 'the source does not say on which address'
  if (address === '*' || (address === '::' && family === 'dual'))
    return 'every address of the place, IPv4 and IPv6'
  if (address === '0.0.0.0') return 'every IPv4 address of the place'
  if (address === '::') return 'every IPv6 address of the place'
  if (address === '::1' || address.startsWith('127.')) return 'this machine alone'
  return 'this address alone'
}
