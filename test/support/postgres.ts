import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'

const INSTALLED = '/usr/lib/postgresql'

/** Why there is no PostgreSQL to test with; null where there is. */
export const postgresMissing: string | null = missing()

/** A PostgreSQL of this test's own, with its durability on. */
export interface TestPostgres {
  /** URL of a new, empty database in it; in the folder, which is the server's, where one is given. */
  createDatabase(folder?: string): Promise<string>
  /** Writes a dump of a database into a file, by pg_dump. */
  dump(url: string, path: string): void
  /** Throws the database away and makes it again from a dump, where it was, by pg_restore. Nobody may be connected. */
  putBack(url: string, path: string): Promise<void>
  /** A streaming standby of all its databases, made by pg_basebackup. */
  standby(): Promise<TestStandby>
  /** The account that it runs as. */
  readonly account: Account
  readonly port: number
  /** `pg_ctl stop -m immediate`: as if the machine had lost its power, but for the disk's own cache. */
  crash(): Promise<void>
  /** After a crash; it recovers from its write-ahead log. */
  start(): Promise<void>
  /** Stops it and removes its files. */
  stop(): Promise<void>
}

export interface TestStandby {
  /** Waits until the first column of the first row has this value on it. */
  until(database: string, statement: string, value: string): Promise<void>
  /** Stops it, so that nothing more arrives. */
  halt(): Promise<void>
  /** Starts it without its primary and makes it one itself; the URL of the database on it. */
  promote(database: string): Promise<string>
  stop(): Promise<void>
}

export async function startPostgres(): Promise<TestPostgres> {
  const account = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-postgres-'))
  chownSync(folder, account.uid, account.gid)
  initialise(folder, account)
  const port = await freePort()
  const start = async (): Promise<ChildProcess> => {
    const settings = ['listen_addresses=127.0.0.1', 'fsync=on'].flatMap((setting) => ['-c', setting])
    const at = ['-D', join(folder, 'data'), '-k', folder, '-p', String(port)]
    const started = spawn(join(binaries(), 'postgres'), [...at, ...settings], {
      ...account,
      cwd: folder,
      stdio: 'ignore',
    })
    await untilReady(folder, port, started)
    return started
  }
  let server = await start()
  const ended = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null)
      await new Promise((resolve) => server.once('exit', resolve))
  }
  const url = (database: string): string => `postgres://portreeve@127.0.0.1:${port}/${database}`
  let databases = 0
  return {
    account,
    dump: (from, path) => tool('pg_dump', ['--format=custom', `--file=${path}`, `--dbname=${from}`]),
    putBack: async (to, path) => {
      const name = new URL(to).pathname.slice(1)
      const place = `SELECT spcname FROM pg_database JOIN pg_tablespace t ON t.oid = dattablespace WHERE datname = '${name}'`
      const [found] = await ask(url('postgres'), place)
      await ask(url('postgres'), `DROP DATABASE ${name}`)
      await ask(url('postgres'), `CREATE DATABASE ${name} TABLESPACE ${String(found?.['spcname'])}`)
      tool('pg_restore', [`--dbname=${to}`, '--exit-on-error', path])
    },
    standby: async () => {
      const copy = mkdtempSync(join(tmpdir(), 'portreeve-standby-'))
      chownSync(copy, account.uid, account.gid)
      const data = join(copy, 'data')
      const from = ['-h', '127.0.0.1', '-p', String(port), '-U', 'portreeve']
      tool(
        'pg_basebackup',
        [...from, '-D', data, '--write-recovery-conf', '--wal-method=stream', '--checkpoint=fast'],
        account,
      )
      const own = await freePort()
      const on = (database: string): string => {
        const url = new URL(database)
        url.port = String(own)
        return url.href
      }
      let running = await startStandby(copy, own, account, [])
      return {
        until: async (database, statement, value) => {
          for (let tries = 0; ; tries++) {
            const [row] = await ask(on(database), statement).catch(() => [])
            if (row !== undefined && String(Object.values(row)[0]) === value) return
            if (tries === 200) throw new Error(`the standby never had: ${statement} = ${value}`)
            await wait(100)
          }
        },
        halt: () => stopped(running),
        promote: async (database) => {
          // Nobody to follow: what it lacks it will not get.
          running = await startStandby(copy, own, account, ['-c', 'primary_conninfo='])
          await ask(on(database), 'SELECT pg_promote(true, 60)')
          return on(database)
        },
        stop: async () => {
          await stopped(running)
          rmSync(copy, { recursive: true })
        },
      }
    },
    port,
    crash: async () => {
      const stop = ['stop', '-D', join(folder, 'data'), '-m', 'immediate']
      spawn(join(binaries(), 'pg_ctl'), stop, { ...account, cwd: folder, stdio: 'ignore' })
      await ended()
    },
    start: async () => {
      await ended()
      server = await start()
    },
    createDatabase: async (folder) => {
      databases += 1
      const name = `test_${databases}`
      if (folder !== undefined) await ask(url('postgres'), `CREATE TABLESPACE ${name} LOCATION '${folder}'`)
      await ask(
        url('postgres'),
        `CREATE DATABASE ${name} ${folder === undefined ? '' : `TABLESPACE ${name}`}`,
      )
      return url(name)
    },
    stop: async () => {
      // Fast shutdown: https://www.postgresql.org/docs/15/server-shutdown.html
      server.kill('SIGINT')
      await ended()
      rmSync(folder, { recursive: true })
    },
  }
}

function missing(): string | null {
  if (!existsSync(INSTALLED)) return `PostgreSQL is not installed (no ${INSTALLED})`
  return process.getuid?.() === 0 && postgresAccount() === null
    ? 'PostgreSQL refuses to run as root, and there is no account postgres'
    : null
}

function binaries(): string {
  const newest = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a))[0]
  return join(INSTALLED, newest ?? '', 'bin')
}

export interface Account {
  readonly uid: number
  readonly gid: number
}

function unprivileged(): Account {
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  return self.uid === 0 ? (postgresAccount() ?? self) : self
}

function postgresAccount(): Account | null {
  const found = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
  return found === null ? null : { uid: Number(found[1]), gid: Number(found[2]) }
}

function initialise(folder: string, account: Account): void {
  const { status, stderr } = spawnSync(
    join(binaries(), 'initdb'),
    ['-D', join(folder, 'data'), '-U', 'portreeve', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8'],
    { ...account, cwd: folder, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`initdb: ${stderr}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function untilReady(folder: string, port: number, server: ChildProcess): Promise<void> {
  const ready = (): boolean =>
    spawnSync(join(binaries(), 'pg_isready'), ['-h', folder, '-p', String(port)]).status === 0
  for (let tries = 0; !ready(); tries += 1) {
    if (tries === 100 || server.exitCode !== null) throw new Error('PostgreSQL did not start')
    await wait(100)
  }
}

async function startStandby(
  folder: string,
  port: number,
  account: Account,
  more: readonly string[],
): Promise<ChildProcess> {
  const where = ['-D', join(folder, 'data'), '-k', folder, '-p', String(port)]
  const server = spawn(
    join(binaries(), 'postgres'),
    [...where, ...more, '-c', 'listen_addresses=127.0.0.1'],
    {
      ...account,
      cwd: folder,
      stdio: 'ignore',
    },
  )
  await untilReady(folder, port, server)
  return server
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  const gone = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGINT')
  await gone
}

function tool(name: string, args: readonly string[], account?: Account): void {
  const { status, stderr } = spawnSync(join(binaries(), name), args, {
    ...account,
    cwd: '/',
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${name}: ${stderr}`)
}

async function ask(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
