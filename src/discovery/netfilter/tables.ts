import type { FilterTable } from '../../model/packet-filter.ts'
import type { IptablesSave } from './iptables-save.ts'

/**
 * All tables of one namespace. nft lists what iptables-nft made as well, and cannot say what its extensions ask: a
 * table that iptables-save of the same back-end describes is read from there alone. Legacy tables are others.
 */
export function joinTables(nft: readonly FilterTable[], saves: readonly IptablesSave[]): FilterTable[] {
  const described = new Set(
    saves
      .filter(({ backend }) => backend !== 'legacy')
      .flatMap(({ tables }) => tables.map(({ family, name }) => `${family} ${name}`)),
  )
  return [
    ...saves.flatMap(({ tables }) => tables),
    ...nft.filter(({ family, name }) => !described.has(`${family} ${name}`)),
  ]
}
