import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

import { runCommandLine } from '../../src/cli/program.ts'
import type { Runtime } from '../../src/cli/runtime.ts'
import { DOCUMENT_KINDS } from '../../src/model/document.ts'
import { DRIFT_RULES } from '../../src/model/finding.ts'
import { parseDocuments } from '../../src/registry/documents/parse.ts'
import { checkReferences } from '../../src/registry/documents/references.ts'
import { readSettings } from '../../src/wiring/settings.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].sort()

describe('examples', () => {
  test.each(['README.md', 'docs/guide/documents.md'])('the documents of %s are valid together', (page) => {
    const text = fences(page, 'yaml').join('\n---\n')
    const { documents, faults } = parseDocuments([{ name: page, text }])
    expect(documents.length).toBeGreaterThan(3)
    expect([...faults, ...checkReferences(documents, () => false)]).toEqual([])
  })

  test('every kind of document has one', () => {
    const text = fences('docs/guide/documents.md', 'yaml').join('\n---\n')
    const { documents } = parseDocuments([{ name: 'documents.md', text }])
    expect(new Set(documents.map(({ kind }) => kind))).toEqual(new Set(DOCUMENT_KINDS))
  })

  test('the configuration of the guide is read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portreeve-test-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const config = join(folder, 'portreeve.config.yaml')
    writeFileSync(config, fences('docs/guide/configuration.md', 'yaml').join('\n'))
    expect(await readSettings({ config }, {})).toMatchObject({ names: ['ports.example.com'] })
  })
})

test('the page on drift has every rule', () => {
  const rules = [...read('docs/guide/drift.md').matchAll(/^\| `(drift\.[a-z-]+)` \|/gm)].map(
    ([, rule]) => rule,
  )
  expect(new Set(rules)).toEqual(new Set(DRIFT_RULES))
})

describe('what the pages name is there', () => {
  test('pages and headings that they link to', () => {
    const links = PAGES.flatMap((page) =>
      matches(prose(page), /\]\(([^)\s]+)\)/g).map((to) => ({ page, to })),
    )
    expect(links.length).toBeGreaterThan(20)
    expect(links.filter(({ page, to }) => !/^[a-z]+:/.test(to) && !leadsSomewhere(page, to))).toEqual([])
  })

  test('files and folders', () => {
    const pattern = /`((?:src|docs|scripts|test|bench|vectors|openapi|console)\/[\w./-]+)`/g
    const paths = PAGES.flatMap((page) => matches(read(page), pattern).map((path) => ({ page, path })))
    expect(paths.length).toBeGreaterThan(20)
    expect(paths.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  test('commands and their options', async () => {
    const lines = PAGES.flatMap((page) => commandLines(page).map((line) => ({ page, line })))
    expect(lines.length).toBeGreaterThan(40)
    const unknown = []
    for (const { page, line } of lines)
      for (const missing of await unknownIn(line)) unknown.push({ page, line, missing })
    expect(unknown).toEqual([])
  })
})

/** What people type in console fences, and where it stands in backquotes. */
function commandLines(page: string): string[] {
  const typed = fences(page, 'console').flatMap((fence) => matches(fence, /^\$ (portreeve .+)$/gm))
  return [...typed, ...matches(prose(page), /`(portreeve [a-z][^`]*)`/g)]
}

async function unknownIn(line: string): Promise<string[]> {
  const [, first = '', second = '', third = ''] = line.split(/[\s|,]+/)
  const group = ['log', 'key', 'hold', 'retention'].includes(first) ? first + below(second) : first
  const command = group === 'log witness' ? group + below(third) : group
  const help = await helpOf(command.split(' '))
  if (!help.startsWith(`Usage: portreeve ${command} `)) return [command]
  return (line.match(/--[a-z][a-z-]*/g) ?? []).filter(
    (option) => !new RegExp(`^ +(?:-\\w, )?${option}\\b`, 'm').test(help),
  )
}

function below(word: string): string {
  return /^[a-z-]+$/.test(word) && !word.startsWith('-') ? ` ${word}` : ''
}

/** Help is asked for and nothing is run, so that the command line needs a terminal and nothing else. */
async function helpOf(words: readonly string[]): Promise<string> {
  const written: string[] = []
  const out = (text: string) => void written.push(text)
  const terminal = { out, err: () => undefined, colour: false, width: 120, interactive: false }
  await runCommandLine([...words, '--help'], { terminal } as unknown as Runtime, '0.0.0')
  return written.join('')
}

function leadsSomewhere(page: string, to: string): boolean {
  const [path = '', anchor] = to.split('#')
  const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path))
  if (!existsSync(join(ROOT, target))) return false
  return anchor === undefined || headings(target).includes(anchor)
}

/** As GitHub makes them. */
function headings(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found]) => found ?? '')
}

function fences(page: string, language: string): string[] {
  return matches(read(page), new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))
}

function prose(page: string): string {
  return read(page).replaceAll(/^```.*?^```$/gms, '')
}

function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}
