import { chmod, lstat, unlink } from 'node:fs/promises'
import { connect, type Server } from 'node:net'

import { Refusal } from '../model/refusal.ts'

/** `sun_path` of sockaddr_un holds 108 bytes with the final zero on Linux, 104 on macOS and BSD. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103

/**
 * Listens on a socket file that its owner alone can open: who can connect is the operator. A file that a killed
 * process left is replaced; one behind which somebody answers is not. Throws `Refusal` `book-busy`,
 * `listen-refused`.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new Refusal(
      'listen-refused',
      `the path of the socket is longer than ${LONGEST_PATH} bytes: ${path}`,
      {
        hint: 'choose a data folder with a shorter path: --data or PORTREEVE_DATA',
      },
    )
  }
  try {
    await bind(server, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    await removeStale(path)
    await bind(server, path)
  }
  await chmod(path, 0o600)
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(error)
    server.once('error', failed)
    // Before chmod can run, the file exists: it must not be open to others for even that long.
    const mask = process.umask(0o077)
    try {
      server.listen({ path }, () => {
        server.off('error', failed)
        resolve()
      })
    } finally {
      process.umask(mask)
    }
  })
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path)
  if (!found.isSocket()) {
    throw new Refusal('listen-refused', `${path} is there already and is no socket`, {
      hint: 'move the file away',
    })
  }
  if (await answers(path)) {
    throw new Refusal('book-busy', `another process serves this data folder: ${path}`, {
      hint: 'stop it, or use another folder with --data',
    })
  }
  await unlink(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    // Only a refusal proves that nobody is there; anything else could be a busy owner.
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'))
  })
}
