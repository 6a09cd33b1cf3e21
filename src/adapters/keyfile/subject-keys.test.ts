import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { subjectKeys } from './subject-keys.ts'

let folder: string
beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), 'portreeve-keys-')), 'sealed-keys')))
afterEach(() => rmSync(join(folder, '..'), { recursive: true }))

describe('keys of sealed values', () => {
  test('are one for each subject, are found again, and are for their owner alone', async () => {
    const made = await subjectKeys(folder).keysFor(['account:jane', 'account:root'])
    const jane = made.get('account:jane')
    const again = subjectKeys(folder)
    expect((await again.keysFor(['account:jane'])).get('account:jane')).toEqual(jane)
    expect(Buffer.from(again.key(jane?.id ?? '') ?? []).equals(jane?.key ?? Buffer.of(1))).toBe(true)
    expect(new Set([...made.values()].map(({ id }) => id)).size).toBe(2)
    const files = [
      'secret',
      join('keys', jane?.id ?? ''),
      ...names('subjects').map((name) => join('subjects', name)),
    ]
    for (const file of files) expect(statSync(join(folder, file)).mode & 0o077).toBe(0)
    expect(readdirSync(folder, { recursive: true }).join('\n')).not.toContain('jane')
  })

  test('are the same for two processes that ask at once', async () => {
    const asked = await Promise.all([1, 2, 3, 4].map(() => subjectKeys(folder).keysFor(['mail:a@b.example'])))
    expect(new Set(asked.map((keys) => keys.get('mail:a@b.example')?.id)).size).toBe(1)
  })

  test('that are retired open what they sealed, and a new one is made for the subject', async () => {
    const keys = subjectKeys(folder)
    const old = (await keys.keysFor(['account:jane'])).get('account:jane')
    await keys.retire([old?.id ?? ''])
    expect((await keys.keysFor(['account:jane'])).get('account:jane')?.id).not.toBe(old?.id)
    expect(keys.key(old?.id ?? '')).not.toBeNull()
  })

  test('that are destroyed are gone from the folder and from every process, and are remembered', async () => {
    const [keys, other] = [subjectKeys(folder), subjectKeys(folder)]
    const old = (await keys.keysFor(['account:jane'])).get('account:jane')
    const id = old?.id ?? ''
    const written = readFileSync(join(folder, 'keys', id), 'latin1').split('\n')[1] ?? ''
    await keys.destroy([id])
    await keys.destroy([id])
    expect([keys.key(id), other.key(id)]).toEqual([null, null])
    expect(await other.destroyed()).toEqual([id])
    expect(names('keys')).toEqual([])
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    )
    const contents = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
    expect(contents.join('\n')).not.toContain(written)
    expect((await other.keysFor(['account:jane'])).get('account:jane')?.id).not.toBe(id)
  })

  test('are refused where others can read them, and where a key is damaged', async () => {
    const id = (await subjectKeys(folder).keysFor(['account:jane'])).get('account:jane')?.id ?? ''
    writeFileSync(join(folder, 'keys', id), 'portreeve.dev/subject-key/v1\nshort\n')
    expect(() => subjectKeys(folder).key(id)).toThrow(expect.objectContaining({ code: 'sealed-keys' }))
    chmodSync(join(folder, 'secret'), 0o644)
    await expect(subjectKeys(folder).keysFor(['account:jane'])).rejects.toMatchObject({ code: 'sealed-keys' })
  })

  test('are not looked for outside of the folder', () => {
    writeFileSync(join(folder, '..', 'outside'), 'portreeve.dev/subject-key/v1\n')
    expect(subjectKeys(folder).key('../../outside')).toBeNull()
  })
})

function names(of: string): string[] {
  return readdirSync(join(folder, of))
}
