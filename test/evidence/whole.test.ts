import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
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

  test('rests on keys that people hold, through a replaced log key', async () => {
    const place = await book()
    for (const name of ['ann', 'bob', 'joe']) sshKey(place, name)
    const roots = ['key', 'root', 'ann=ann.pub', 'bob=bob.pub', '--threshold', '2', '--sign', 'ann', 'bob']
    expect(await place.run(roots)).toMatchObject({ code: 0 })
    const enrol = ['key', 'enroll', 'joe.pub', '--holder', 'joe', '--scope', 'decision']
    expect(await place.run([...enrol, '--sign', 'ann', 'bob', 'joe'])).toMatchObject({ code: 0 })
    place.put('old.txt', (await place.run(['log', 'trust'])).out)
    for (const end of [[], ['--end']])
      expect(await place.run(['key', 'rotate-log', ...end, '--sign', 'ann', 'bob'])).toMatchObject({
        code: 0,
      })
    place.put('new.txt', (await place.run(['log', 'trust'])).out)
    expect(await place.run(['prove', 'db-2:6379/tcp', '-o', 'pack'])).toMatchObject({ code: 0 })
    expect(await place.run(['log', 'export', 'log'])).toMatchObject({ code: 0 })
    const report = await verdict(place, 'pack', '--trust', 'new.txt', '--replay', 'log')
    expect([report.exit, failed(report)]).toEqual([0, []])
    expect(report.checks.find(({ name }) => name === 'keys')?.says).toBe(
      '2 of 2 root keys; 1 enrolled keys, 2 log keys',
    )
    const late = await verdict(place, 'pack', '--trust', 'old.txt')
    expect([late.exit, failed(late)]).toEqual([0, []])
  })

  test('is found by whoever knows only the key of the log from before, or only the last one', async () => {
    const place = await book()
    place.put('old.txt', (await place.run(['log', 'trust'])).out)
    for (const rotation of ['once', 'twice']) {
      expect(await place.run(['key', 'rotate-log'])).toMatchObject({ code: 0 })
      // Not every checkpoint of the overlap goes into a pack.
      for (const name of ['a', 'b']) {
        place.put(`${name}.portreeve.yaml`, portDocument(`${name}-${rotation}`, 6000))
        await place.run(['declare', `${name}.portreeve.yaml`])
      }
      expect(await place.run(['key', 'rotate-log', '--end'])).toMatchObject({ code: 0 })
    }
    const all = (await place.run(['log', 'trust'])).out
    const logLines = all.split('\n').filter((line) => line.startsWith('log '))
    expect(logLines).toHaveLength(3)
    place.put('last.txt', withoutLines(all, logLines.slice(0, 2)))
    expect(await place.run(['prove', 'db-2:6379/tcp', '-o', 'pack'])).toMatchObject({ code: 0 })
    const drawn = ['sample', '--population', 'changes', '--seed', 'dice', '--size', '3', '-o', 'sampled']
    expect(await place.run(drawn)).toMatchObject({ code: 0 })
    for (const pack of ['pack', 'sampled'])
      for (const trust of ['old.txt', 'last.txt']) {
        const report = await verdict(place, pack, '--trust', trust)
        expect([pack, trust, report.exit, failed(report)]).toEqual([pack, trust, 0, []])
      }
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

function withoutLines(text: string, lines: readonly string[]): string {
  return text
    .split('\n')
    .filter((line) => !lines.includes(line))
    .join('\n')
}

function sshKey(place: Workplace, name: string): void {
  const args = ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(place.folder, name)]
  execFileSync('ssh-keygen', args, { stdio: 'pipe' })
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
