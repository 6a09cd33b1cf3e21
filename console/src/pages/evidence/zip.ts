import { zipSync, type Zippable } from 'fflate'

import type { EvidencePack } from '../../../../src/api/views.ts'

/** The files of a pack below one folder, as a ZIP file. */
export function zipOf({ files }: EvidencePack, folder: string): Uint8Array<ArrayBuffer> {
  const zippable: Zippable = Object.fromEntries(
    files.map(({ path, base64 }) => [`${folder}/${path}`, decoded(base64)]),
  )
  return new Uint8Array(zipSync(zippable, { level: 6 }))
}

/** Bytes of one file; none where the pack does not hold it. */
export function bytesAt({ files }: EvidencePack, path: string): Uint8Array {
  return decoded(files.find((file) => file.path === path)?.base64 ?? '')
}

function decoded(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (mark) => mark.charCodeAt(0))
}
