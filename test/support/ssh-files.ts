import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Workplace } from './cli.ts'

/** Keys of people, made by OpenSSH; the files are NAME and NAME.pub. */
export function sshKeys(place: Workplace, ...names: readonly string[]): void {
  for (const name of names)
    execFileSync('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-C',
      `${name}@example.com`,
      '-f',
      join(place.folder, name),
    ])
}

/** What a signer on another machine does with a text that was written out; the path of the signature. */
export function signElsewhere(
  place: Workplace,
  name: string,
  file: string,
  namespace = 'portreeve.dev/statement/v1',
): string {
  const text = readFileSync(join(place.folder, file))
  const sign = ['-Y', 'sign', '-f', join(place.folder, name), '-n', namespace]
  const signature = execFileSync('ssh-keygen', sign, { input: text, stdio: ['pipe', 'pipe', 'ignore'] })
  const path = join(place.folder, `${file}.${name}.sig`)
  writeFileSync(path, signature)
  return path
}
