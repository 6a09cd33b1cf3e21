import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { workplace } from '../support/cli.ts'
import { writePack } from '../support/evidence-pack.ts'
import { tellStory } from '../support/evidence-story.ts'

describe('portreeve verify', { timeout: 60_000 }, () => {
  const story = tellStory()

  const written = () => {
    const place = workplace()
    writePack(join(place.folder, 'pack'), story.files)
    place.put('trust.txt', story.trust)
    return { ...place, verify: (...options: readonly string[]) => place.run(['verify', 'pack', ...options]) }
  }

  test('says what holds, by the verifier of its own', async () => {
    const { code, out, err } = await written().verify('--trust', 'trust.txt')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('When did billing-db go live, and on whose authority?')
    expect(out).toMatch(/^valid: \d+ checks passed, 0 failed, 2 not made$/m)
  })

  test('is consistent and no more without a trust file', async () => {
    expect(await written().verify()).toMatchObject({ code: 10 })
  })

  test('answers with one JSON document and the status of the verdict', async () => {
    const place = written()
    place.put('pack/answer.txt', 'Never.\n')
    const { code, out } = await place.verify('--trust', 'trust.txt', '--json')
    const report = JSON.parse(out) as { exit: number; checks: { name: string; state: string }[] }
    expect([code, report.exit]).toEqual([20, 20])
    expect(report.checks.filter(({ state }) => state === 'failed').map(({ name }) => name)).toEqual([
      'file answer.txt',
    ])
  })

  test('refuses a folder or a trust file that is not there', async () => {
    const place = written()
    expect(await place.run(['verify', 'none'])).toMatchObject({ code: 2, out: '' })
    const { code, err } = await place.verify('--trust', 'none')
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^portreeve-verify: error: .+\nportreeve-verify: hint: /),
    ])
  })
})
