/**
 * Whether what a source says may be the declared image (`[registry/]name[:tag][@digest]`, as Docker writes it). A
 * digest is compared with a digest and a tag with a tag; where one side has only the one and the other only the
 * other, they cannot be told apart.
 */
export function mayBeImage(declared: string, seen: string): boolean {
  const [one, other] = [readImage(declared), readImage(seen)]
  if (one.name !== null && other.name !== null && one.name !== other.name) return false
  if (one.digest !== null && other.digest !== null) return one.digest === other.digest
  return one.tag === null || other.tag === null || one.tag === other.tag
}

interface Image {
  /** Null where only a digest is written. */
  readonly name: string | null
  readonly tag: string | null
  readonly digest: string | null
}

function readImage(text: string): Image {
  if (/^sha256:[\da-f]{64}$/.test(text)) return { name: null, tag: null, digest: text }
  const [reference = '', digest = null] = text.split('@', 2)
  const colon = reference.lastIndexOf(':')
  const tagged = colon > reference.lastIndexOf('/')
  const untagged = digest === null ? 'latest' : null
  return {
    name: fullName(tagged ? reference.slice(0, colon) : reference),
    tag: tagged ? reference.slice(colon + 1) : untagged,
    digest,
  }
}

/** `nginx`, `library/nginx` and `docker.io/library/nginx` are one image. */
function fullName(name: string): string {
  const [first = ''] = name.split('/', 1)
  const hosted = name.includes('/') && (/[.:]/.test(first) || first === 'localhost')
  const path = !hosted || first === 'docker.io' || first === 'index.docker.io'
  const inner = hosted && path ? name.slice(first.length + 1) : name
  if (!path) return name
  return inner.includes('/') ? `docker.io/${inner}` : `docker.io/library/${inner}`
}
