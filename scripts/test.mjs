// npm test [-- FILTER…]: installs what is missing, builds, runs every test, and ends with "N passed, N failed".
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

import { build, install, ROOT, run, say } from './prepare.mjs'

// What the tests run for real, the program that shows it is there, and Debian's package.
const PARTS = [
  { name: 'postgresql', program: '/usr/lib/postgresql', packages: ['postgresql'] },
  { name: 'nginx', program: 'nginx', packages: ['nginx'] },
  { name: 'haproxy', program: 'haproxy', packages: ['haproxy'] },
  { name: 'caddy', program: 'caddy', packages: ['caddy'] },
  { name: 'nftables', program: 'nft', packages: ['nftables'] },
  { name: 'iproute2', program: 'ss', packages: ['iproute2'] },
  { name: 'iptables', program: 'iptables-save', packages: ['iptables'] },
  { name: 'nmap', program: 'nmap', packages: ['nmap'] },
  { name: 'chromium', program: 'chromium', packages: ['chromium'] },
  { name: 'strace', program: 'strace', packages: ['strace'] },
  { name: 'unzip', program: 'unzip', packages: ['unzip'] },
  { name: 'openssl', program: 'openssl', packages: ['openssl'] },
]
const SBIN = ['/usr/sbin', '/sbin', '/usr/local/sbin']

install()
installParts()
const absent = PARTS.filter((part) => !present(part)).map((part) => part.name)
const allowed = new Set((process.env.PORTREEVE_TEST_WITHOUT ?? '').split(',').filter(Boolean))
const refused = absent.filter((name) => !allowed.has(name))
if (absent.length > 0) say(`not installed, so their suites do not run: ${absent.join(', ')}`)

build()
const folder = mkdtempSync(join(tmpdir(), 'portreeve-test-'))
const report = join(folder, 'report.json')
const status = await run(
  [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  {
    env: {
      ...process.env,
      PATH: [join(ROOT, 'node_modules/node/bin'), process.env.PATH, ...SBIN].join(delimiter),
    },
  },
)
const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null
rmSync(folder, { recursive: true, force: true })

if (counts === null) say('the test runner left no report')
const failed = counts === null ? 1 : counts.numFailedTests + brokenFiles(counts)
const skipped = counts === null ? 0 : counts.numPendingTests + counts.numTodoTests
for (const suite of counts === null ? [] : skippedSuites(counts)) say(`skipped: ${suite}`)
if (refused.length > 0) {
  say(`error: suites did not run for want of ${refused.join(', ')}`)
  say(`hint: install them, or allow it: PORTREEVE_TEST_WITHOUT=${absent.join(',')} npm test`)
}
process.stdout.write(
  `${counts?.numPassedTests ?? 0} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
)
process.exitCode = status !== 0 || failed > 0 || refused.length > 0 ? 1 : 0

function installParts() {
  const missing = PARTS.filter((part) => !present(part))
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return
  say(`installing from Debian's packages: ${missing.map((part) => part.name).join(', ')}`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const options = { env: environment, stdio: ['ignore', 2, 2] }
  spawnSync('apt-get', ['update', '-qq'], options)
  const packages = missing.flatMap((part) => part.packages)
  // One by one after a failure: a package that cannot be had must not keep the others away.
  if (
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options).status ===
    0
  )
    return
  for (const name of packages)
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], options)
}

function present(part) {
  if (part.program.startsWith('/')) return existsSync(part.program)
  return [...(process.env.PATH ?? '').split(delimiter), ...SBIN].some((folder) =>
    existsSync(join(folder, part.program)),
  )
}

/** Files that failed without a failing test in them: they did not load. */
function brokenFiles(counts) {
  return counts.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
}

function skippedSuites(counts) {
  const names = counts.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'pending' || test.status === 'skipped')
      .map((test) => test.ancestorTitles[0] ?? test.title),
  )
  return [...new Set(names)]
}
