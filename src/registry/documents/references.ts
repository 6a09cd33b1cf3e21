import type { BookDocument, DocumentKind } from '../../model/document.ts'
import type { Json } from '../../model/entry.ts'
import type { Fault } from '../../model/refusal.ts'
import { FaultList } from './fault-list.ts'
import { nearest } from './nearest.ts'
import { positionOf } from './parsed-document.ts'
import { pathText, valueAt } from './path.ts'
import type { Path } from './path.ts'

/** A name in one document that stands for another. */
export interface Reference {
  /** Below spec. */
  readonly path: Path
  readonly kind: DocumentKind
  readonly name: string
}

/** Which fields name documents of which kind. `at.host` is not among them: a place may be known by observation alone. */
const FIELDS: Record<DocumentKind, Readonly<Record<string, DocumentKind>>> = {
  Port: { system: 'System', entity: 'Entity', contracts: 'Contract', audience: 'Zone' },
  System: { entity: 'Entity', contracts: 'Contract' },
  Place: {},
  Zone: { entity: 'Entity', party: 'Party' },
  Entity: {},
  Party: {},
  Policy: {},
  // A contract names its counterparty before anybody has written more of it than the name: interface.md's example.
  Contract: { entity: 'Entity' },
  Retention: {},
}

export function referencesOf({ kind, spec }: Pick<BookDocument, 'kind' | 'spec'>): readonly Reference[] {
  return Object.entries(FIELDS[kind]).flatMap(([field, target]) =>
    namesAt(valueAt(spec, [field])).map(({ step, name }) => ({ path: [field, ...step], kind: target, name })),
  )
}

/**
 * References to nothing: to a name that neither the documents nor the book has.
 * @param known whether the book holds it
 */
export function checkReferences(
  documents: readonly BookDocument[],
  known: (kind: DocumentKind, name: string) => boolean,
): readonly Fault[] {
  const names = new Map<DocumentKind, Set<string>>()
  for (const { kind, name } of documents) names.set(kind, (names.get(kind) ?? new Set()).add(name))
  const faults = new FaultList()
  for (const document of documents) {
    const dangling = referencesOf(document).filter(
      ({ kind, name }) => names.get(kind)?.has(name) !== true && !known(kind, name),
    )
    if (dangling.length > 0)
      faults.add(dangling.map((reference) => danglingFault(document, reference, names)))
  }
  return faults.all()
}

function danglingFault(
  document: BookDocument,
  { path, kind, name }: Reference,
  names: ReadonlyMap<DocumentKind, ReadonlySet<string>>,
): Fault {
  const near = nearest(name, names.get(kind) ?? [])
  return {
    message: `${document.kind} ${document.name}: ${pathText(path)} names ${kind} \`${name}\`, which does not exist`,
    position: positionOf(document, pathText(path)),
    hint: near === null ? `add a document of kind ${kind} with this name` : `did you mean \`${near}\`?`,
  }
}

function namesAt(value: Json | undefined): readonly { readonly step: Path; readonly name: string }[] {
  if (typeof value === 'string') return [{ step: [], name: value }]
  if (!Array.isArray(value)) return []
  return value.flatMap((name: Json, index) => (typeof name === 'string' ? [{ step: [index], name }] : []))
}
