import { Refusal } from '../../model/refusal.ts'

/** Where a page ended: the values that its order sorts by. Opaque to who holds it, and good for that order alone. */
export type CursorValue = string | number

export function writeCursor(order: string, values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([order, ...values])).toString('base64url')
}

/** The values of a cursor for this order, of the types that `like` shows. Throws `Refusal` bad-input. */
export function readCursor<T extends readonly CursorValue[]>(cursor: string, order: string, like: T): T {
  const [inOrder, ...values] = parse(cursor)
  const fits =
    inOrder === order &&
    values.length === like.length &&
    values.every((value, at) => typeof value === typeof like[at])
  if (!fits) throw notACursor()
  return values as unknown as T
}

// It comes from whoever asks: text of any length and any shape.
function parse(cursor: string): readonly unknown[] {
  if (cursor.length > LONGEST || !/^[\w-]+$/.test(cursor)) throw notACursor()
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    throw notACursor()
  }
}

const LONGEST = 8_192

function notACursor(): Refusal {
  return new Refusal('bad-input', 'the cursor is not one that this list gave out', {
    hint: 'ask for the first page, without a cursor, in the same order',
  })
}
