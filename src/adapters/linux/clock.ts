import { inodeOf } from './proc.ts'
import { run } from './run.ts'

/**
 * Whether the kernel's clock is disciplined. adjtimex(2) would say so itself, but Node cannot ask it: timedated
 * and chronyd do, and systemd-timesyncd leaves a mark. Where none of them runs, nothing is known.
 */
export async function clockState(): Promise<'synchronised' | 'unsynchronised' | 'unknown'> {
  const timedated = await run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'])
  if (timedated?.trim() === 'yes') return 'synchronised'
  const leap = /^Leap status\s*:\s*(.+)$/m.exec((await run('chronyc', ['-n', 'tracking'])) ?? '')?.[1]
  if (leap !== undefined) return leap.startsWith('Not') ? 'unsynchronised' : 'synchronised'
  if (inodeOf('/run/systemd/timesync/synchronized') !== null) return 'synchronised'
  return timedated?.trim() === 'no' ? 'unsynchronised' : 'unknown'
}
