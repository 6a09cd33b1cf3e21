import type { Output, Parsed } from '../api/operations.ts'
import type { Actor } from '../api/operations.ts'
import { draftId, idFrom } from '../ledger/log.ts'
import type { BookDocument } from '../model/document.ts'
import type { Draft } from '../model/entry.ts'
import type { Finding } from '../model/finding.ts'
import { Refusal, type Fault } from '../model/refusal.ts'
import { declarationBody } from '../registry/declaration.ts'
import { documentDigest } from '../registry/documents/ledger-body.ts'
import { parseDocuments } from '../registry/documents/parse.ts'
import { checkReferences, referencesOf } from '../registry/documents/references.ts'
import type { Book } from './book.ts'
import { entryDraft } from './draft.ts'
import type { Environment, StoreReads, StoreWrites } from './environment.ts'
import { fold } from './fold.ts'
import { findingView } from './port-view.ts'

type Declared = Output<'declare'>['declared'][number]

/** Documents of one wish: more are cut into several, each atomic. */
const WISH = 2_000
const MOST_FINDINGS = 1_000

export async function declare(
  env: Environment,
  book: Book,
  input: Parsed<'declare'>,
  actor: Actor,
): Promise<Output<'declare'>> {
  const documents = await readDocuments(env.store.read, input.files)
  const plan = await planOf(env.store.read, documents)
  const changed = plan.filter(({ change }) => change !== 'unchanged')
  if (input.dryRun) return preview(env, plan, actor)
  const indexes = new Map<string, number>()
  for (let start = 0; start < changed.length; start += WISH) {
    const wish = changed.slice(start, start + WISH)
    const { indexes: written } = await book.append(
      async () =>
        draftsOf(
          env,
          wish.map(({ document }) => document),
          actor,
          input.idempotencyKey,
        ),
      {
        idempotent: input.idempotencyKey !== undefined,
      },
    )
    for (const [n, { document }] of wish.entries()) indexes.set(keyOf(document), written[n] ?? 0)
  }
  return {
    mode: 'documenting',
    declared: plan.map(({ document, change }) =>
      declaredView(document, change, indexes.get(keyOf(document)) ?? null),
    ),
    findings: (
      await findingsAbout(
        env.store.read,
        changed.map(({ document }) => document),
      )
    ).map(findingView),
  }
}

/** Parses and checks; every fault at once, and nothing goes on with one. */
async function readDocuments(
  read: StoreReads,
  files: Parsed<'declare'>['files'],
): Promise<readonly BookDocument[]> {
  const { documents, faults } = parseDocuments(files)
  if (faults.length > 0) throw invalid(faults)
  const dangling = checkReferences(documents, await knownNames(read, documents))
  if (dangling.length > 0) throw invalid(dangling)
  return documents
}

function invalid(faults: readonly Fault[]): Refusal {
  const files = new Set(faults.map((fault) => fault.position?.file)).size
  return new Refusal(
    'document-invalid',
    `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in ${files} ${files === 1 ? 'file' : 'files'}; nothing was declared`,
    {
      hint: 'mend them and declare again; portreeve schema KIND prints what a document may hold',
      faults,
    },
  )
}

async function knownNames(
  read: StoreReads,
  documents: readonly BookDocument[],
): Promise<(kind: BookDocument['kind'], name: string) => boolean> {
  const known = new Set<string>()
  for (const { kind, name } of documents.flatMap(referencesOf)) {
    const key = `${kind}/${name}`
    if (!known.has(key) && (await read.document(kind, name)) !== null) known.add(key)
  }
  return (kind, name) => known.has(`${kind}/${name}`)
}

interface Planned {
  readonly document: BookDocument
  readonly change: Declared['change']
}

async function planOf(read: StoreReads, documents: readonly BookDocument[]): Promise<readonly Planned[]> {
  const plan: Planned[] = []
  for (const document of documents) {
    const standing = await read.document(document.kind, document.name)
    const change =
      standing === null ? 'new' : standing.digest === documentDigest(document) ? 'unchanged' : 'amended'
    plan.push({ document, change })
  }
  return plan
}

function draftsOf(
  env: Environment,
  documents: readonly BookDocument[],
  actor: Actor,
  key: string | undefined,
): Draft[] {
  const at = env.now()
  return documents.map((document, n) =>
    entryDraft({
      // By name, so that a request that was cut off can be sent again although a part of it stands already.
      id: key === undefined ? draftId(env.random) : idFrom(`${key}\n${keyOf(document)}`, 0),
      type: 'declaration',
      at,
      body: declarationBody(document, actor.id),
      more: n < documents.length - 1,
    }),
  )
}

/** Folds in a transaction that is thrown away: exactly what declaring would find, and nothing is written. */
async function preview(env: Environment, plan: readonly Planned[], actor: Actor): Promise<Output<'declare'>> {
  const changed = plan.filter(({ change }) => change !== 'unchanged').map(({ document }) => document)
  const findings = await discard(env, async (tx) => {
    const size = (await tx.head())?.size ?? 0
    const drafts = draftsOf(env, changed, actor, undefined)
    await fold(
      tx,
      drafts.map((draft, n) => ({
        index: size + n,
        id: draft.id,
        type: draft.type,
        at: draft.at,
        by: null,
        body: draft.body,
        withheld: [],
      })),
    )
    return findingsAbout(tx, changed)
  })
  return {
    mode: 'documenting',
    declared: plan.map(({ document, change }) => declaredView(document, change, null)),
    findings: findings.map(findingView),
  }
}

async function discard<T>(env: Environment, work: (tx: StoreWrites) => Promise<T>): Promise<T> {
  const kept: { value?: T } = {}
  const undo = new Error('rolled back on purpose')
  await env.store
    .transact(async (tx) => {
      kept.value = await work(tx)
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })
  return kept.value as T
}

async function findingsAbout(
  read: StoreReads,
  documents: readonly BookDocument[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const document of documents) {
    if (document.kind !== 'Port' || findings.length >= MOST_FINDINGS) continue
    findings.push(...(await read.findings({ record: document.name }, { limit: 100, cursor: null })).items)
  }
  return findings
}

function declaredView(
  { kind, name }: BookDocument,
  change: Declared['change'],
  index: number | null,
): Declared {
  return { kind, name, change, index }
}

function keyOf({ kind, name }: BookDocument): string {
  return `${kind}/${name}`
}
