import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

import { z } from 'zod'

import { LOG_LEVELS, type LogLevel } from '../lib/log.ts'
import { ENTRY_TYPES } from '../model/entry.ts'
import { Refusal, type Fault } from '../model/refusal.ts'

/** The configuration file, `portreeve.config.yaml`. Flags win over the environment, that over the file. */
const ConfigFile = z.strictObject({
  listen: z.string().optional().describe('ADDRESS:PORT of the console and API; default 127.0.0.1:8460'),
  names: z.array(z.string()).default([]).describe('further host names under which the console may be called'),
  tls: z.strictObject({ certificate: z.string(), key: z.string() }).optional().describe('PEM files'),
  data: z.string().optional().describe('data folder'),
  database: z.string().optional().describe('postgres://… ; without it SQLite in the data folder'),
  key: z.string().optional().describe('file of the log key; default <data>/log.key'),
  subjectKeys: z
    .string()
    .optional()
    .describe(
      'folder of the keys of sealed values, default <data>/sealed-keys; servers of one database share it',
    ),
  observe: z
    .strictObject({
      host: z.boolean().default(true),
      intervalSeconds: z.number().min(1).max(3600).default(5),
    })
    .prefault({}),
  ledger: z
    .strictObject({
      public: z
        .boolean()
        .default(false)
        .describe('serve /ledger/… to anybody; else to who may read the book'),
      scrubSeconds: z.number().min(1).max(86_400).default(60).describe('a tile is looked at so often'),
      snapshotEntries: z
        .int()
        .min(2)
        .default(100_000)
        .describe('the state is kept each time the log has grown by so many entries'),
      repository: z.string().optional().describe('git clone that portreeve log witness commit writes to'),
    })
    .prefault({}),
  timestamps: z
    .strictObject({
      authorities: z
        .array(
          z.strictObject({
            name: z.string().regex(/^[a-z0-9.-]{1,64}$/),
            url: z.url({ protocol: /^https?$/ }),
            roots: z.string().describe('PEM file: what its certificates must lead to'),
          }),
        )
        .max(8)
        .default([])
        .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'a name twice'),
      everyMinutes: z.number().min(1).max(1440).default(10),
      atOnce: z.array(z.enum(ENTRY_TYPES)).default(['decision', 'grant', 'revocation']),
    })
    .prefault({}),
  witnesses: z.string().optional().describe('policy file, C2SP tlog-policy: who cosigns, and how many must'),
  logLevel: z.enum(LOG_LEVELS).optional().describe('default info; warn where a person watches the terminal'),
  allowWide: z.boolean().default(false).describe('listen beyond loopback without sign-in by OpenID Connect'),
})
export type ConfigFile = z.infer<typeof ConfigFile>

export interface Settings {
  readonly listen: { readonly host: string; readonly port: number }
  readonly names: readonly string[]
  readonly tls: { readonly certificate: string; readonly key: string } | null
  readonly data: string
  readonly database: string | null
  readonly keyPath: string
  /** Folder of the keys of sealed values. */
  readonly subjectKeys: string
  readonly observe: { readonly host: boolean; readonly intervalMs: number }
  readonly ledger: {
    readonly public: boolean
    readonly repository: string | null
    readonly scrubMs: number
    readonly snapshotEntries: number
  }
  /** Path of the policy file. */
  readonly witnesses: string | null
  readonly timestamps: ConfigFile['timestamps']
  readonly allowWide: boolean
  readonly logLevel: LogLevel | null
}

export interface Flags {
  readonly listen?: string
  readonly data?: string
  readonly database?: string
  readonly key?: string
  readonly subjectKeys?: string
  readonly observe?: number
  readonly config?: string
  readonly allowWide?: boolean
}

export const DEFAULT_LISTEN = '127.0.0.1:8460'

export async function readSettings(flags: Flags, env: NodeJS.ProcessEnv): Promise<Settings> {
  // An empty variable is one that nobody set: an empty data folder would be the working folder.
  const path = flags.config || env['PORTREEVE_CONFIG'] || null
  const file = await (path === null ? readDefaultConfig() : readConfig(path))
  const data = resolve(flags.data || env['PORTREEVE_DATA'] || file.data || defaultData(env))
  return {
    listen: parseListen(flags.listen ?? file.listen ?? DEFAULT_LISTEN),
    names: file.names,
    tls: file.tls ?? null,
    data,
    database: flags.database || env['PORTREEVE_DATABASE'] || file.database || null,
    keyPath: resolve(flags.key ?? file.key ?? join(data, 'log.key')),
    subjectKeys: resolve(flags.subjectKeys ?? file.subjectKeys ?? join(data, 'sealed-keys')),
    observe: {
      host: file.observe.host && flags.observe !== 0,
      intervalMs: Math.round((flags.observe || file.observe.intervalSeconds) * 1000),
    },
    ledger: {
      public: file.ledger.public,
      repository: file.ledger.repository ?? null,
      scrubMs: file.ledger.scrubSeconds * 1000,
      snapshotEntries: file.ledger.snapshotEntries,
    },
    witnesses: file.witnesses ?? null,
    timestamps: file.timestamps,
    allowWide: flags.allowWide ?? file.allowWide,
    logLevel: file.logLevel ?? null,
  }
}

/** `ADDRESS:PORT`, `[IPV6]:PORT` or `:PORT`; port 0 lets the system choose. */
export function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65535) {
    throw new Refusal('bad-input', `"${text}" is no address to listen on`, {
      hint: 'write ADDRESS:PORT, such as 127.0.0.1:8460 or [::1]:8460',
    })
  }
  return { host: match[1] ?? (match[2] === '' ? '127.0.0.1' : (match[2] ?? '127.0.0.1')), port }
}

async function readDefaultConfig(): Promise<ConfigFile> {
  return existsSync('portreeve.config.yaml') ? readConfig('portreeve.config.yaml') : ConfigFile.parse({})
}

async function readConfig(path: string): Promise<ConfigFile> {
  // Most start without a configuration file, and then without the parser.
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(readText(path), { version: '1.2', lineCounter: lines })
  const at = (offset: number): Fault['position'] => {
    const { line, col } = lines.linePos(offset)
    return { file: path, line, column: col }
  }
  const broken = document.errors[0]
  if (broken !== undefined)
    throw invalid(path, [
      { message: broken.message.split('\n')[0] ?? '', position: at(broken.pos[0]), hint: null },
    ])
  const parsed = ConfigFile.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {})
  if (parsed.success) return parsed.data
  throw invalid(
    path,
    parsed.error.issues.map((issue) => {
      const node = document.getIn(issue.path as (string | number)[], true) as
        | { range?: [number, number, number] }
        | undefined
      return {
        message: `${issue.path.join('.') || 'file'}: ${issue.message}`,
        position: at(node?.range?.[0] ?? 0),
        hint: null,
      }
    }),
  )
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Refusal('file-unreadable', `the configuration file ${path} cannot be read`, {
      hint: 'name another with --config or PORTREEVE_CONFIG',
      cause,
    })
  }
}

function invalid(path: string, faults: readonly Fault[]): Refusal {
  return new Refusal('bad-input', `${path} is not a valid configuration`, {
    hint: 'docs/guide/configuration.md lists every setting',
    faults,
  })
}

function defaultData(env: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return '/var/lib/portreeve'
  return join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'portreeve')
}
