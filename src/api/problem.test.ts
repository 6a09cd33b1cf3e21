import { readdirSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { PROBLEM_CODES, Refusal } from '../model/refusal.ts'
import { PROBLEM_TITLE, Problem, problemCode, problemOf } from './problem.ts'

const PAGES = new URL('../../docs/problems/', import.meta.url)

test('every code has a page, and every page a code', () => {
  expect(readdirSync(PAGES).toSorted()).toEqual(PROBLEM_CODES.map((code) => `${code}.md`).toSorted())
})

test.each(PROBLEM_CODES)('the page of %s says what happened, why, and what to do', (code) => {
  const page = readFileSync(new URL(`${code}.md`, PAGES), 'utf8')
  expect(page.startsWith(`# ${PROBLEM_TITLE[code]}\n\n\`${code}\`\n`)).toBe(true)
  for (const part of ['What happened', 'Why', 'What to do'])
    expect(page).toMatch(new RegExp(`\\*\\*${part}\\.\\*\\* \\S`))
})

test.each(PROBLEM_CODES)('a refusal %s survives the way through a problem', (code) => {
  const problem = Problem.parse(problemOf(new Refusal(code, 'what', { hint: 'way out' }), 'r1'))
  expect(problemCode(problem.type)).toBe(code)
  expect(problem.status).toBeGreaterThanOrEqual(400)
})

test('a problem of a newer server has no code here', () => {
  expect(problemCode('https://portreeve.dev/problems/unheard-of')).toBeNull()
  expect(problemCode('about:blank')).toBeNull()
})
