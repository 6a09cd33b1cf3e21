import { onTestFinished } from 'vitest'

import { gather, until, type Workplace } from './cli.ts'

export interface TestWitness {
  readonly url: string
  /** `name+id+key`, as a policy names it. */
  readonly key: string
  add(body: string | Uint8Array): Promise<Response>
  stop(): Promise<void>
}

/** Starts `portreeve log witness serve` for logs of these keys; its state lies in a folder of this name. */
export async function startWitness(
  place: Workplace,
  name: string,
  logKeys: readonly string[],
  listen = '127.0.0.1:0',
): Promise<TestWitness> {
  const keys = logKeys.flatMap((key) => ['--log-key', key])
  const args = ['--name', `witness.example/${name}`, '--state', `${place.folder}/${name}`, '--listen', listen]
  const child = place.start(['log', 'witness', 'serve', ...args, ...keys])
  const [out, err] = [gather(child.stdout), gather(child.stderr)]
  const gone = new Promise((resolve) => child.once('close', resolve))
  const stop = async () => {
    child.kill('SIGTERM')
    await gone
  }
  onTestFinished(stop)
  const [url, key] = await until('the witness listens', () => {
    if (child.exitCode !== null) throw new Error(`the witness ended with ${child.exitCode}: ${err()}`)
    const said = /Witness: (\S+)\n.*witness w1 (\S+) /.exec(out())
    return said === null ? null : ([said[1] ?? '', said[2] ?? ''] as const)
  })
  return {
    url,
    key,
    add: (body) => fetch(`${url}/add-checkpoint`, { method: 'POST', body: Buffer.from(body) }),
    stop,
  }
}

/** The log's key, from the genesis of a book. */
export async function logKeyOf(place: Workplace, options = {}): Promise<string> {
  const genesis = (await place.json(['log', 'show', '0', '--json'], options)) as { body: { log_key: string } }
  return genesis.body.log_key
}
