import { readFileSync, writeFileSync } from 'node:fs'

import { openApi } from '../src/api/openapi.ts'

/** `node scripts/openapi.ts` writes openapi/portreeve.json; with `--check` it fails where the file is stale. */
const path = new URL('../openapi/portreeve.json', import.meta.url)
const text = `${JSON.stringify(openApi(), null, 2)}\n`

if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (readFileSync(path, 'utf8') !== text) {
  process.stderr.write('openapi/portreeve.json is stale; write it with: node scripts/openapi.ts\n')
  process.exitCode = 1
}
