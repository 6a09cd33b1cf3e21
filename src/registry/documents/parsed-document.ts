import type { BookDocument } from '../../model/document.ts'
import type { Position } from '../../model/refusal.ts'

/** A document from a file, with the positions that later checks may have to name. */
export interface ParsedDocument extends BookDocument {
  readonly position: Position
  /** By `pathText` below spec: references to other documents, and texts that are still TODO. */
  readonly positions: ReadonlyMap<string, Position>
}

/** Where the value at `path` stands, as exactly as the document knows. */
export function positionOf(document: BookDocument | ParsedDocument, path: string): Position | null {
  const exact = 'positions' in document ? document.positions.get(path) : undefined
  return exact ?? document.position
}
