/** `VERIFY.md`: how somebody checks the pack who has neither Portreeve nor any reason to trust it. */
export function verifyText(pack: {
  readonly origin: string
  readonly size: number
  readonly leaf: number
  readonly stamps: readonly string[]
}): string {
  return `# How to check this pack

The pack answers one question about the log \`${pack.origin}\`. Nothing in it need be believed: it is checked against a
*trust file* that you got by another way (on paper, in a contract, in a repository), not with the pack. Without one the
pack can only be found consistent, not anchored.

## With the verifier

\`portreeve-verify\` has no dependency and shares no code with the program that wrote the pack. It needs Node and no network.

    portreeve-verify . --trust trust.txt
    portreeve-verify . --trust trust.txt --replay TILES

\`TILES\` is a folder of the log's tiles (\`portreeve log export\`, or its web server's \`/ledger/\`): then the whole log is read,
and what was revoked later shows. Exit status: 0 valid, 10 something needed is missing or the trust came from the pack
itself, 20 invalid, 30 two heads of one log conflict.

## With common tools

Every file against the manifest:

    python3 -c 'import hashlib,json;m=json.load(open("manifest.json"));print([f["path"] for f in m["files"] if hashlib.sha256(open(f["path"],"rb").read()).hexdigest()!=f["sha256"]] or "all files as listed")'

The leaf hash of an entry (RFC 6962: SHA-256 over a zero byte and the leaf), here of entry ${pack.leaf}:

    (printf '\\0'; cat leaves/${pack.leaf}.leaf) | openssl dgst -sha256 -binary | base64

\`proofs/${pack.leaf}.tlog-proof\` leads from it to the root in \`checkpoints/${pack.size}.checkpoint\` (C2SP tlog-proof; in Go:
golang.org/x/mod/sumdb/tlog, CheckRecord). The checkpoint is a C2SP signed note (golang.org/x/mod/sumdb/note, Open, with the
log's key from the trust file).

A signature by an SSH key on a statement (an entry that begins with \`portreeve.dev/statement/v1\`): its first two lines are what was
signed; the signature line without its first four bytes, in base64 between \`-----BEGIN SSH SIGNATURE-----\` and
\`-----END SSH SIGNATURE-----\`, is what ssh-keygen reads:

    head -n 2 leaves/INDEX.leaf | ssh-keygen -Y verify -f allowed_signers -I NAME -n portreeve.dev/statement/v1 -s leaf.sig

${stampText(pack.stamps)}
The forms of all files are in docs/formats of Portreeve: evidence-pack-v1.md, trust-v1.md, ledger-entry-v1.md, ledger-statement-v1.md,
ledger-keys-v1.md, ledger-checkpoint-v1.md.
`
}

function stampText(stamps: readonly string[]): string {
  if (stamps.length === 0) return 'There is no RFC 3161 timestamp in this pack.\n'
  const lines = stamps.map(
    (stamp) =>
      `    openssl ts -verify -data timestamps/${stamp}.note -in timestamps/${stamp}.tsr -CAfile roots.pem -untrusted timestamps/${stamp}.pem\n`,
  )
  return `RFC 3161 timestamps over checkpoints, with the authorities' roots in \`roots.pem\` (leave \`-untrusted\` out where there is no such
file; once a certificate has expired, add \`-attime\` with the time of the stamp in seconds since 1970):

${lines.join('')}`
}
