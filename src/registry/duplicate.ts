import { portCode, type Claim } from './match.ts'

/** Two claims on the same ports of one address, neither of which is part of the other. */
export interface Clash {
  readonly claim: Claim
  readonly with: Claim
}

/**
 * Clashes between different records. A range inside a wider one is no clash (the narrower wins), nor is one address
 * beside every address. One sweep with a stack: hostile documents with many overlapping ranges stay affordable.
 * @param claims as `matchPorts` sorted them: by transport and first port
 */
export function clashesAmong(claims: readonly Claim[]): readonly Clash[] {
  if (!mayClash(claims)) return []
  const clashes: Clash[] = []
  for (const group of Map.groupBy(claims, whereOf).values()) {
    const open: Claim[] = []
    for (const claim of group.toSorted(widestFirst)) {
      while (open.length > 0 && open.at(-1)!.binding.last < claim.binding.first) open.pop()
      const around = open.at(-1)
      if (around !== undefined && clash(around, claim)) clashes.push({ claim: around, with: claim })
      open.push(claim)
    }
  }
  return clashes
}

/** Nearly every place is free of overlaps, and then nothing has to be grouped. */
function mayClash(claims: readonly Claim[]): boolean {
  let highest = -1
  for (const { binding } of claims) {
    if (portCode(binding.transport, binding.first) <= highest) return true
    highest = portCode(binding.transport, binding.last)
  }
  return false
}

function whereOf({ record, binding }: Claim): string {
  return JSON.stringify([binding.transport, binding.address, binding.device, record.workload])
}

function widestFirst(a: Claim, b: Claim): number {
  const byPorts = a.binding.first - b.binding.first || b.binding.last - a.binding.last
  return byPorts || (a.record.name < b.record.name ? -1 : a.record.name > b.record.name ? 1 : 0)
}

function clash(around: Claim, claim: Claim): boolean {
  if (around.record.name === claim.record.name) return false
  const same = around.binding.first === claim.binding.first && around.binding.last === claim.binding.last
  return same || around.binding.last < claim.binding.last
}
