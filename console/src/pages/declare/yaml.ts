import { parseAllDocuments, stringify } from 'yaml'

import { API_VERSION } from '../../../../src/model/document.ts'
import { inReadingOrder } from '../../format/reading-order.ts'

export type Spec = Readonly<Record<string, unknown>>

/** A document as the form holds it. */
export interface Named {
  readonly name: string
  readonly spec: Spec
}

/** The YAML that the form writes: what is empty is left out, so that it inherits. */
export function portYaml({ name, spec }: Named): string {
  return documentYaml({ kind: 'Port', name, spec })
}

export function documentYaml({ kind, name, spec }: Named & { readonly kind: string }): string {
  const document = {
    apiVersion: API_VERSION,
    kind,
    metadata: { name },
    spec: withoutEmpty(inReadingOrder(spec)) ?? {},
  }
  return stringify(document, { lineWidth: 0, flowCollectionPadding: true, aliasDuplicateObjects: false })
}

/** The one Port in a text, for the form to go on with; null where there is another document or none. */
export function portOf(text: string): Named | null {
  const documents = parseAllDocuments(text)
  const first = documents[0]
  if (documents.length !== 1 || first === undefined || !('contents' in first) || first.errors.length > 0)
    return null
  // An alias bomb ends in an error here, not in the browser's memory.
  const value: unknown = first.toJS({ maxAliasCount: 100 })
  if (!isObject(value) || value['kind'] !== 'Port' || !isObject(value['spec'])) return null
  const name = isObject(value['metadata']) ? value['metadata']['name'] : undefined
  return { name: typeof name === 'string' ? name : '', spec: value['spec'] }
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    const members = value.map(withoutEmpty).filter((member) => member !== undefined)
    return members.length === 0 ? undefined : members
  }
  if (isObject(value)) {
    const members = Object.entries(value).flatMap(([key, member]) => {
      const kept = withoutEmpty(member)
      return kept === undefined ? [] : [[key, kept] as const]
    })
    return members.length === 0 ? undefined : Object.fromEntries(members)
  }
  return value === '' || value === null ? undefined : value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
