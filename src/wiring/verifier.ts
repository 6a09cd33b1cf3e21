import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Terminal } from '../cli/terminal.ts'

/**
 * Runs the verifier as a process of its own: what judges the evidence shares neither code nor memory with what wrote
 * it. Answers its exit status.
 */
export function runVerifier(args: readonly string[], terminal: Terminal): number {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [verifierPath(), ...args], {
    encoding: 'utf8',
    maxBuffer: MAX_REPORT,
  })
  if (error !== undefined) throw error
  terminal.out(stdout)
  terminal.err(stderr)
  if (status === null) throw new Error('the verifier was ended by a signal')
  return status
}

const MAX_REPORT = 256 * 1024 * 1024
// Beside the built program, or in a clone that runs from its sources.
const PLACES = ['../verifier/main.js', '../../verifier/src/main.ts']

function verifierPath(): string {
  const path = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync)
  if (path === undefined) throw new Error('the verifier is not installed beside this program')
  return path
}
