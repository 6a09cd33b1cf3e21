import type { SourceRow } from './book.ts'

/**
 * A source at a place after one more beat. Nothing that was learned is taken back: a partial pass proves no less
 * than the complete one before it, an older scan moves no time back, and a single look ends no observation.
 */
export function advanceSource(standing: SourceRow | null, beat: SourceRow): SourceRow {
  if (standing === null) return beat
  const newest = beat.lastPass >= standing.lastPass ? beat : standing
  // Whoever observes says itself how it goes on, also after its clock was set back.
  const leading = beat.state !== 'once' ? beat : standing.state === 'observing' ? standing : newest
  const proof = isLater(beat.lastComplete, standing.lastComplete) ? beat : standing
  return {
    ...newest,
    state: leading.state,
    intervalMs: leading.intervalMs,
    lastComplete: proof.lastComplete,
    absent: proof.absent,
  }
}

function isLater(one: string | null, other: string | null): boolean {
  return one !== null && (other === null || one > other)
}
