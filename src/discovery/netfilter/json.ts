import { Refusal } from '../../model/refusal.ts'

/** JSON of a tool, of which nothing is taken for granted. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonRecord = { readonly [key: string]: Json }

/** Throws `Refusal` `source-invalid` with the place where the text stops being JSON. */
export function readJson(file: string, text: string, what: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    const at = Number(/position (\d+)/.exec(String(cause))?.[1] ?? text.length)
    const before = text.slice(0, at).split('\n')
    throw new Refusal('source-invalid', `${file} is not the JSON of ${what}`, {
      hint: `record it again with: ${what}`,
      faults: [
        {
          message: (cause as Error).message,
          position: { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
          hint: null,
        },
      ],
    })
  }
}

export function recordOf(value: Json | undefined): JsonRecord | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : null
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

export function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}
