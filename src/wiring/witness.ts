import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'

import { witnessOf } from '../actions/witness.ts'
import { openKeyFile } from '../adapters/keyfile/key-file.ts'
import { stateFolder } from '../adapters/witness/state-folder.ts'
import type { WitnessFlags } from '../cli/runtime.ts'
import { printRefusal, type Terminal } from '../cli/terminal.ts'
import { witnessServer } from '../http/witness.ts'
import { cosignerKeyText } from '../ledger/cosignature.ts'
import { jsonLog } from '../lib/log.ts'
import { isEnrollable } from '../lib/ed25519.ts'
import { NoteError, parseNoteKey } from '../lib/signed-note.ts'
import { Refusal } from '../model/refusal.ts'
import { lockFolder } from './lock.ts'
import { parseListen } from './settings.ts'

/** Runs a witness until it is told to stop; resolves with the exit status. */
export async function runWitness(flags: WitnessFlags, terminal: Terminal): Promise<number> {
  const logKeys = flags.logKey.map(checkedKey)
  const folder = resolve(flags.state)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Two processes that judge by the same files would each cosign what the other has not seen.
  const lock = lockFolder(folder)
  try {
    const keyPath = resolve(flags.key ?? join(folder, 'witness.key'))
    const key = openKeyFile({ keyPath, pinPath: join(folder, 'head.pin') })
    const cosigner = { name: flags.name, publicKey: await key.publicKey() }
    const witness = witnessOf({
      ...cosigner,
      sign: (message) => key.sign(message),
      logKeys,
      state: stateFolder(folder),
      now: () => Math.floor(Date.now() / 1000),
    })
    return await serveWitness(witness, cosignerLine(cosigner), flags, terminal)
  } finally {
    lock.release()
  }
}

async function serveWitness(
  witness: ReturnType<typeof witnessOf>,
  key: string,
  flags: WitnessFlags,
  terminal: Terminal,
): Promise<number> {
  const ending = Promise.withResolvers<number>()
  const log = jsonLog({
    write: terminal.err,
    now: () => new Date().toISOString(),
    level: terminal.interactive ? 'warn' : 'info',
  })
  const server = witnessServer(witness, log, (error) => {
    printRefusal(terminal, error)
    ending.resolve(75)
  })
  const { host, port } = parseListen(flags.listen)
  server.listen({ host, port })
  await once(server, 'listening').catch((cause: unknown) => {
    throw new Refusal('listen-refused', `${flags.listen}: ${(cause as Error).message}`, {
      hint: 'choose another address or port with --listen',
      cause,
    })
  })
  const at = server.address() as AddressInfo
  const url = `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`
  terminal.out(`Witness: ${url}\n`)
  terminal.out(`Its line in a policy: witness w1 ${key} ${url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.resolve(0))
  const status = await ending.promise
  server.close()
  server.closeAllConnections()
  return status
}

function cosignerLine(cosigner: { readonly name: string; readonly publicKey: Uint8Array }): string {
  try {
    return cosignerKeyText(cosigner)
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    throw new Refusal('bad-input', `"${cosigner.name}" cannot name a witness`, {
      hint: 'a name is a URL without its scheme: --name witness.example.com/w1',
    })
  }
}

function checkedKey(text: string): string {
  try {
    if (isEnrollable(parseNoteKey(text).publicKey)) return text
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
  }
  throw new Refusal('bad-input', `"${text.slice(0, 200)}" is not the key of a log`, {
    hint: 'portreeve log trust prints it, in the line that begins with log',
  })
}
