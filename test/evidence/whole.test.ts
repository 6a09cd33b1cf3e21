import { describe, expect, test } from 'vitest'
import { workplace, type Workplace } from '../support/cli.ts'
import { portDocument } from '../support/documents.ts'
import { SS_TEXT } from '../support/scans.ts'

/** From the book to the verdict: what one hand writes, the other judges. */

interface Verdict {
  readonly exit: number
  readonly checks: readonly { readonly name: string; readonly state: string; readonly says: string }[]
}

describe('what the book proves', { timeout: 120_000 }, () => {
  test('is consistent by itself, and valid by the trust file and the published log', async () => {
    const place = await book()
    expect(await place.run(['prove', 'db-2:6379/tcp', '-o', 'pack', '--disclose'])).toMatchObject({ code: 0 })
    const alone = await verdict(place, 'pack')
    expect([alone.exit, failed(alone)]).toEqual([10, []])
    place.put('trust.txt', (await place.run(['log', 'trust'])).out)
    expect(await place.run(['log', 'export', 'log'])).toMatchObject({ code: 0 })
    const whole = await verdict(place, 'pack', '--trust', 'trust.txt', '--replay', 'log')
    expect([whole.exit, failed(whole)]).toEqual([0, []])
    expect(whole.checks.filter(({ state }) => state === 'not made')).toEqual([])
  })

  test('as a sample is the one that the seed draws, of a population that the log holds', async () => {
    const place = await book()
    const drawn = ['sample', '--population', 'changes', '--seed', 'dice 4 2', '--size', '3', '-o', 'pack']
    expect(await place.run(drawn)).toMatchObject({ code: 0 })
    place.put('trust.txt', (await place.run(['log', 'trust'])).out)
    await place.run(['log', 'export', 'log'])
    const report = await verdict(place, 'pack', '--trust', 'trust.txt', '--replay', 'log')
    expect([report.exit, failed(report)]).toEqual([0, []])
    expect(report.checks.find(({ name }) => name === 'population')?.state).toBe('passed')
  })
})

async function book(): Promise<Workplace> {
  const place = workplace()
  place.put('db-2.ss', SS_TEXT)
  for (let n = 0; n < 8; n++) place.put(`p${n}.portreeve.yaml`, portDocument(`p${n}`, 5000 + n))
  expect(await place.run(['scan', '--record', 'db-2.ss'])).toMatchObject({ code: 0 })
  expect(await place.run(['declare', '.'])).toMatchObject({ code: 0 })
  return place
}

async function verdict(place: Workplace, ...args: readonly string[]): Promise<Verdict> {
  const { out, code } = await place.run(['verify', ...args, '--json'])
  const report = JSON.parse(out) as Verdict
  expect(report.exit).toBe(code)
  return report
}

function failed({ checks }: Verdict): string[] {
  return checks.filter(({ state }) => state === 'failed').map(({ name, says }) => `${name}: ${says}`)
}
