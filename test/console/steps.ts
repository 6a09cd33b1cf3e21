import type { Page } from 'playwright-core'

/** From the grid to the page of one port of this machine. */
export async function openPort(page: Page, port: number): Promise<void> {
  await page
    .getByRole('rowheader')
    .getByRole('link', { name: `127.0.0.1:${port}/tcp` })
    .click()
  await page.getByRole('region', { name: 'Facts' }).waitFor()
}

/** What the form of the declare page holds. */
export async function declareForm(page: Page) {
  return {
    name: await page.getByRole('textbox', { name: 'Name of the record' }).inputValue(),
    owner: await page.getByRole('combobox', { name: 'Owner' }).inputValue(),
    port: await page.getByRole('textbox', { name: 'Port or range' }).inputValue(),
  }
}
