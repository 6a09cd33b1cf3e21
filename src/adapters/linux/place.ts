import { hostname, networkInterfaces } from 'node:os'
import { bootIdentity, placeIdentity } from '../../discovery/place-identity.ts'
import type { PlaceClaim } from '../../model/source.ts'
import { textOf } from './proc.ts'

/** This host as a place; its addresses are those of the namespace we live in. */
export function thisPlace(): PlaceClaim {
  const name = hostname()
  const identity = placeIdentity(textOf('/etc/machine-id') || textOf('/var/lib/dbus/machine-id'))
  const boot = bootIdentity(textOf('/proc/sys/kernel/random/boot_id'))
  const addresses = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)
  return {
    kind: 'host',
    name,
    identity,
    names: [name],
    addresses: [...new Set(addresses)].sort(),
    realm: 'default',
    ...(boot === null ? {} : { boot }),
  }
}
