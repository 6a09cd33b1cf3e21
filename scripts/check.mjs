// npm run check: format, types, lint, floors, dead code, generated files, package. The whole truth but the tests.
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'

import { build, install, NODE, ROOT, say } from './prepare.mjs'

install()
build()

const bin = (name) => join(ROOT, 'node_modules', '.bin', name)
const CHECKS = [
  ['format', bin('oxfmt'), '--check'],
  ['types', bin('tsc'), '-p', '.'],
  ['types of the console', bin('tsc'), '-p', 'console'],
  ['types of what runs in a browser for the tests', bin('tsc'), '-p', 'test/console'],
  ['lint', bin('oxlint'), '--type-aware', '--deny-warnings'],
  ['floors', bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'src', 'console/src', 'verifier/src'],
  ['dead code', bin('knip')],
  ['API description', NODE, 'scripts/openapi.ts', '--check'],
  ['package', bin('publint'), '--strict'],
  ['package of the verifier', bin('publint'), '--strict', 'verifier'],
]

const path = [join(ROOT, 'node_modules/node/bin'), join(ROOT, 'node_modules/.bin'), process.env.PATH].join(
  delimiter,
)
const failed = CHECKS.filter(([name, command, ...args]) => {
  say(`check: ${name}`)
  return (
    spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PATH: path } }).status !==
    0
  )
}).map(([name]) => name)

if (failed.length > 0) say(`error: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
