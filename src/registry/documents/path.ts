import type { Json } from '../../model/entry.ts'

/** Keys and list indices from the top of a value. */
export type Path = readonly (string | number)[]

/** `bindings[0].port` */
export function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}

/** What stands at `path`; undefined where nothing does. */
export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  let here: Json | undefined = value
  for (const step of path) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return undefined
    here = (here as { readonly [key: string | number]: Json })[step]
  }
  return here
}
