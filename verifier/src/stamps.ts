import { fromBase64, fromUtf8, sameBytes } from './bytes.ts'
import type { Case, Stamp } from './case.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { Missing, must } from './fault.ts'
import { signersOf } from './history.ts'
import { checkAuthority, openTimestamp } from './timestamp.ts'
import { parseCertificate, type Certificate } from './x509.ts'

/** The timestamps of a pack: docs/formats/evidence-pack-v1.md, "Timestamps". */

/** Those that lead to a root of the trust file, by `<size>.<n>`. */
export function checkTimestamps(found: Case): ReadonlyMap<string, Stamp> {
  const stamps = new Map<string, Stamp>()
  for (const name of namesOf(found)) {
    const work = () => checkTimestamp(found, name)
    const stamp = found.checks.make(`timestamp ${name}`, work, stampText, false)
    if (stamp === null) continue
    stamps.set(name, stamp)
    found.checks.notMade(`revocation ${name}`, NO_LIST, false)
  }
  return stamps
}

// docs/decisions/0024: what is not asked is said, or it would be taken for asked.
const NO_LIST =
  'a pack holds no revocation list: that the certificates of the authority had not been revoked at that time is not shown'

function checkTimestamp(found: Case, name: string): Stamp {
  const { pack, trust } = found
  const path = `timestamps/${name}`
  const size = Number(name.split('.', 1)[0])
  const note = pack.bytes(`${path}.note`)
  const stamped = parseCheckpoint(note)
  const checkpoint = parseCheckpoint(pack.bytes(`checkpoints/${size}.checkpoint`))
  const same =
    stamped.origin === found.origin && stamped.size === size && sameBytes(stamped.root, checkpoint.root)
  must(same, 'what was stamped is not the checkpoint of that size')
  signersOf(found, stamped)
  const timestamp = openTimestamp(pack.bytes(`${path}.tsr`), note)
  const further = pack.has(`${path}.pem`) ? certificatesIn(pack.bytes(`${path}.pem`)) : []
  const roots = trust?.timestampRoots ?? []
  if (roots.length === 0)
    throw new Missing(
      `it says ${new Date(timestamp.time).toISOString()}, by an authority that no trust file names`,
    )
  checkAuthority(timestamp, further, roots)
  return { size, time: timestamp.time }
}

function stampText({ time }: Stamp): string {
  return `stamped ${new Date(time).toISOString()}`
}

function namesOf({ pack }: Case): string[] {
  const paths = [...pack.manifest.files.keys()].filter((path) => path.startsWith('timestamps/'))
  return [...new Set(paths.map((path) => path.slice('timestamps/'.length, path.lastIndexOf('.'))))]
}

const PEM = /-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]{1,65536}?)-----END CERTIFICATE-----\n/g
function certificatesIn(pem: Uint8Array): Certificate[] {
  const text = fromUtf8(pem)
  const found = [...text.matchAll(PEM)].map(([, body = '']) =>
    parseCertificate(fromBase64(body.replaceAll('\n', ''))),
  )
  must(found.length > 0 && text.replaceAll(PEM, '') === '', 'a .pem file holds certificates and nothing else')
  return found
}
