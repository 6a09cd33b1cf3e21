import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { workplace } from '../support/cli.ts'
import { browserMissing } from '../support/browser.ts'
import { openConsole, type Console } from './console.ts'
import { listen } from './listener.ts'
import { declareForm, openPort } from './steps.ts'

describe.skipIf(browserMissing !== null)(
  `a stranger at the console (${browserMissing ?? 'Chromium'})`,
  () => {
    let its: Console
    beforeAll(async () => void (its = await openConsole()))
    afterAll(() => its.close())

    test('the one-time link leads to what listens here and what is wrong with it, and lets in once', async () => {
      const opened = await listen('till')
      const page = await its.visitAsStranger()
      await page.goto(its.firstLink)
      await page.getByRole('heading', { name: 'Overview' }).waitFor()
      expect(page.url()).toBe(`${its.origin}/`)
      await page.locator('.sentence', { hasText: 'seen open' }).waitFor()
      await page.getByRole('region', { name: 'What needs you' }).getByText('drift.undeclared').waitFor()
      await page.getByRole('link', { name: 'Open, and no record declares it' }).click()
      await page.getByRole('rowheader', { name: `127.0.0.1:${opened.port}/tcp` }).waitFor()
      expect(new URL(page.url()).search).toBe('?finding=drift.undeclared')

      await openPort(page, opened.port)
      const sentence = await page.locator('.sentence').innerText()
      expect(sentence).toContain(`till (pid ${opened.pid}, user `)
      expect(sentence).toMatch(/first seen open \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/)
      expect(sentence).toContain('No record declares it.')
      await page.getByRole('region', { name: 'Candidate findings' }).getByText('drift.undeclared').waitFor()
      expect(await page.getByRole('region', { name: 'Facts' }).innerText()).toContain(
        `till pid ${opened.pid}`,
      )
      await page.getByRole('link', { name: ', source of Process' }).click()
      await page.getByRole('region', { name: 'What it says' }).getByText(String(opened.port)).waitFor()

      const second = await its.visitAsStranger()
      await second.goto(its.firstLink)
      await second.getByRole('heading', { name: 'This link was used or has ended' }).waitFor()
      await second.goto('/ports')
      await second.getByRole('heading', { name: 'You are signed out' }).waitFor()
      expect(await second.getByRole('rowheader').count()).toBe(0)

      await page.getByRole('button', { name: 'Administrator' }).click()
      await page.getByRole('menuitem', { name: 'Sign out' }).click()
      await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
      await page.reload()
      await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    })

    test('a form declares the port: faults at their field, a draft that stays, and the YAML that the command line knows', async () => {
      const opened = await listen('ledgerd')
      const page = await its.visit()
      await page.goto(`/ports?port=${opened.port}`)
      await openPort(page, opened.port)
      await page.getByRole('link', { name: 'Declare this port' }).click()
      await page.getByRole('textbox', { name: 'Name of the record' }).fill('ledger-api')
      await page.getByRole('combobox', { name: 'Owner' }).fill('team/ledger')
      await page.getByRole('textbox', { name: 'Purpose' }).fill('Keeps the accounts: "debit" & credit')
      await page.getByRole('textbox', { name: 'Why it must be open' }).fill('The till writes here')
      await page.getByRole('textbox', { name: 'What stops if it is closed' }).fill('No sale is booked')

      const number = page
        .getByRole('group', { name: 'Binding 1' })
        .getByRole('textbox', { name: 'Port or range' })
      await number.fill('70000')
      const fault = page.getByRole('group', { name: 'Binding 1' }).locator('.error')
      await fault.waitFor()
      expect(await fault.innerText()).toMatch(/70000|65535/)
      expect(await number.getAttribute('aria-invalid')).toBe('true')
      expect(await page.getByRole('button', { name: 'Declare', exact: true }).isDisabled()).toBe(true)
      await page.getByText('It can be declared once the faults above are mended.').waitFor()

      await page.reload()
      await page.getByText('This draft is kept in this browser.').waitFor()
      expect(await declareForm(page)).toEqual({ name: 'ledger-api', owner: 'team/ledger', port: '70000' })
      await number.fill(String(opened.port))
      await fault.waitFor({ state: 'detached' })
      await page.getByText('Port ledger-api is new in the book.').waitFor()
      const yaml = await page.getByRole('region', { name: 'YAML', exact: true }).innerText()
      await page.getByRole('button', { name: 'Declare', exact: true }).click()
      await page.getByText('Declared and documented.').waitFor()

      await page.getByRole('link', { name: 'ledger-api' }).click()
      await page.getByRole('heading', { name: 'ledger-api' }).waitFor()
      const record = await page.getByRole('region', { name: 'Record' }).innerText()
      expect(record).toContain('Keeps the accounts: "debit" & credit')
      expect(record).toContain('team/ledger')
      expect(await page.locator('.sentence').innerText()).not.toContain('No record declares it.')

      const place = workplace({ data: its.data })
      place.put('ledger-api.portreeve.yaml', yaml)
      const declared = await place.json(['declare', '.', '--json'])
      expect(declared).toMatchObject({
        declared: [{ kind: 'Port', name: 'ledger-api', change: 'unchanged' }],
      })
    })

    test('closing a record asks once, in words, for a reason that stays on the ledger', async () => {
      const place = workplace({ data: its.data })
      const opened = await listen('oldftp')
      place.put('old.portreeve.yaml', documentOf('old-ftp', opened.port))
      expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })

      const page = await its.visit()
      await page.goto('/ports/old-ftp')
      await page.getByRole('button', { name: 'Close…' }).click()
      const question = page.getByRole('alertdialog', { name: 'Close Port old-ftp?' })
      await question.getByText('A tombstone with your reason stays on the ledger.').waitFor()
      const close = question.getByRole('button', { name: 'Close old-ftp' })
      expect(await close.isDisabled()).toBe(true)
      await question.getByText('Closing needs a reason.').waitFor()
      await question.getByRole('button', { name: 'Keep it' }).click()
      await question.waitFor({ state: 'detached' })
      await page.getByRole('heading', { name: 'old-ftp' }).waitFor()

      await page.getByRole('button', { name: 'Close…' }).click()
      await page.getByRole('textbox', { name: 'Reason' }).fill('Replaced by SFTP last spring')
      await close.click()
      await page.waitForURL(/\/ledger\/\d+$/)
      await page
        .getByRole('region', { name: 'What it says' })
        .getByText('Replaced by SFTP last spring')
        .waitFor()
      expect(await page.locator('main dl').first().innerText()).toContain('tombstone')

      await page.goto('/ports/old-ftp')
      await page.getByRole('alert').waitFor()
      await page.goto(`/ports?port=${opened.port}`)
      const row = page.getByRole('row', { name: `127.0.0.1:${opened.port}/tcp` })
      await row.waitFor()
      expect(await row.innerText()).toContain('undeclared')
    })
  },
)

function documentOf(name: string, port: number): string {
  return `apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: ${name} }
spec:
  owner: team/files
  at: { host: ${hostname()} }
  bindings: [{ transport: tcp, port: ${port}, address: 127.0.0.1 }]
  purpose: Files for the branch offices
`
}
