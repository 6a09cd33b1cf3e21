// npm run bench [-- NAME…]: every measurement in bench/, and the table of docs/benchmarks.md made from them.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'

import { build, install, NODE, ROOT, say } from './prepare.mjs'

install()
build()

const wanted = process.argv.slice(2)
const names = readdirSync(join(ROOT, 'bench'))
  .filter(
    (name) =>
      name.endsWith('.ts') && readFileSync(join(ROOT, 'bench', name), 'utf8').includes('// A measurement'),
  )
  .map((name) => name.slice(0, -3))
  .filter((name) => wanted.length === 0 || wanted.includes(name))

const rows = names.flatMap(measure)
const missed = rows.filter((row) => row.met === false)
process.stdout.write(`${table(rows)}\n`)
if (wanted.length === 0) record(rows)
for (const row of missed) say(`target missed: ${row.name}: ${row.value} ${row.unit}, target ${row.target}`)
process.exitCode = missed.length > 0 ? 1 : 0

function measure(name) {
  say(`bench: ${name}`)
  const { stdout, status } = spawnSync(NODE, [join('bench', `${name}.ts`)], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) say(`error: bench/${name}.ts ended with ${status}`)
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  return lines
    .map((line) => ({ bench: name, ...JSON.parse(line) }))
    .map((row) => ({ ...row, met: isMet(row) }))
}

/** Targets are written `<= 50` or `>= 30000`, in the unit of the value or, with `x`, of the ratio. */
function isMet(row) {
  const match = /^([<>]=)\s*([\d.]+)\s*(x)?$/.exec(row.target ?? '')
  if (match === null) return null
  const value = match[3] === 'x' ? row.ratio : row.value
  return match[1] === '<=' ? value <= Number(match[2]) : value >= Number(match[2])
}

function table(rows) {
  const lines = rows.map((row) =>
    [
      row.bench,
      row.name,
      `${cell(row.value)} ${row.unit ?? ''}`,
      row.target,
      row.met === null ? '' : row.met ? 'met' : 'missed',
      row.peer,
      cell(row.peerValue),
      cell(row.ratio),
    ]
      .map(cell)
      .join(' | '),
  )
  return [
    '| bench | measure | value | target | | peer | peer value | ratio |',
    '|---|---|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n')
}

function cell(value) {
  if (value === undefined || value === null) return ''
  return typeof value === 'number' ? figure(value) : String(value)
}

function figure(value) {
  return Number.isInteger(value) ? value.toLocaleString('en-GB') : value.toPrecision(3)
}

function record(rows) {
  const machine = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
  const head = [
    '# Benchmarks',
    '',
    'Made by `npm run bench`. Values are medians of several runs; a ratio is against the named peer in the same run. The machine is shared and noisy: read ratios before values.',
    '',
    `Machine: ${machine}. Date: ${new Date().toISOString().slice(0, 10)}.`,
    '',
  ]
  writeFileSync(join(ROOT, 'docs', 'benchmarks.md'), `${head.join('\n')}${table(rows)}\n`)
}
