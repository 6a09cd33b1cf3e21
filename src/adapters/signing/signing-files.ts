import { spawn } from 'node:child_process'
import { open, writeFile } from 'node:fs/promises'
import { Refusal } from '../../model/refusal.ts'

const MAX_FILE = 65_536

/** Files of people who sign, and OpenSSH, which signs with a key file, an agent or a token. */
export const signingFiles = {
  /** Text of at most 64 KiB. Throws `Refusal('file-unreadable')`. */
  async read(path: string): Promise<string> {
    try {
      const file = await open(path, 'r')
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE + 1), 0, MAX_FILE + 1, 0)
        if (bytesRead <= MAX_FILE) return buffer.toString('utf8', 0, bytesRead)
      } finally {
        await file.close()
      }
    } catch (error) {
      throw unreadable(path, 'cannot be read', error)
    }
    throw unreadable(path, `has more than ${MAX_FILE} bytes`, null)
  },

  /** Fails where a file stands already. Throws `Refusal('file-unreadable')`. */
  async write(path: string, text: string): Promise<void> {
    try {
      await writeFile(path, text, { flag: 'wx' })
    } catch (error) {
      throw unreadable(path, 'cannot be written', error)
    }
  },

  /** Throws `Refusal('tool-missing')` without ssh-keygen, and `Refusal('signature-invalid')` where it does not sign. */
  sshSign(path: string, namespace: string, text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      // It asks for passphrase and touch on the terminal itself, and says so on standard error.
      const child = spawn('ssh-keygen', ['-Y', 'sign', '-f', path, '-n', namespace], {
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      const [out, err]: [Buffer[], Buffer[]] = [[], []]
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
      child.on('error', (cause) => reject(missing(cause)))
      child.on('close', (code) => {
        if (code === 0) resolve(Buffer.concat(out).toString())
        else reject(unsigned(path, Buffer.concat(err).toString().trim()))
      })
      // It may have ended before it read everything.
      child.stdin.on('error', () => undefined).end(text)
    })
  },
}

function unreadable(path: string, what: string, cause: unknown): Refusal {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new Refusal('file-unreadable', `${path} ${what}${code}`, {
    hint: 'name a file that is there to be read, or none that is there to be written',
    cause,
  })
}

function missing(cause: unknown): Refusal {
  return new Refusal('tool-missing', 'ssh-keygen is not here, and keys of SSH are signed with by it', {
    hint: 'install OpenSSH 8.1 or later, or sign elsewhere: --statement FILE writes what is to be signed',
    cause,
  })
}

function unsigned(path: string, said: string): Refusal {
  return new Refusal('signature-invalid', `ssh-keygen did not sign with ${path}: ${said.slice(-500)}`, {
    hint: 'name the private key, or its .pub while an agent or a file beside it holds the private half',
  })
}
