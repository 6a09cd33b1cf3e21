// npm run soak: the long random runs. Minutes to hours; run before a release, and after a change to what it covers.
import { build, install, ROOT, run, say } from './prepare.mjs'
import { join } from 'node:path'

const SUITES = [
  'test/book/durability.test.ts',
  'test/book/fold.test.ts',
  'test/book/schedule.test.ts',
  'test/book/failing-disk.test.ts',
  'test/book/lost-database.test.ts',
  'test/book/as-of.test.ts',
  'test/evidence/pack.test.ts',
  'test/evidence/fuzz.test.ts',
  'test/reach/kernel.test.ts',
  ...process.argv.slice(2),
]

install()
build()
say(`soak: ${SUITES.join(', ')}`)
const status = await run(
  [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--testTimeout=7200000', ...SUITES],
  {
    env: { ...process.env, PORTREEVE_SOAK: '1' },
  },
)
say('soak: mutants of the verifier')
process.exitCode = (await run([join(ROOT, 'scripts', 'mutate-verifier.ts')])) || status
