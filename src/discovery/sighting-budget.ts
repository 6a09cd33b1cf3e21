import { Refusal } from '../model/refusal.ts'

/** Four times every port there is; a line like `1-65535:1-65535`, repeated, asks for memory without end. */
const MOST_SIGHTINGS = 262_144

/**
 * Counts the sightings of one manifest source.
 *
 * @throws Refusal `source-too-large` above 262,144.
 */
export function sightingBudget(source: string): (wanted: number) => void {
  let made = 0
  return (wanted) => {
    made += wanted
    if (made <= MOST_SIGHTINGS) return
    throw new Refusal('source-too-large', `${source}: more than ${MOST_SIGHTINGS} ports`, {
      hint: 'publish the ports that are used, or scan the files in parts',
    })
  }
}
