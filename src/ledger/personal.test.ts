import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../model/entry.ts'
import { findPersonal, isPersonal } from './personal.ts'
import { valueAt } from './pointer.ts'

describe('what can identify a person', () => {
  test.each([
    ['joe@example.com'],
    ['write to <jörg.müller@exämple.de> first'],
    ['mailto:joe%40example.com'],
    ['postgres://joe:secret@db.example.com/book'],
    ['joe@10.0.0.1'],
    ['joe@[10.0.0.1]'],
    ['/home/joe/bin/server'],
    ['/Users/joe/app'],
    ['/export/home/joe'],
    ['C:\\Users\\joe\\app.exe'],
    ['C:\\Documents and Settings\\joe'],
    ['--config=~joe/app.conf'],
    ['+49 30 1234567'],
    ['call +1 (212) 555-0123 at night'],
    ['0049 30 1234567'],
    ['(030) 1234567'],
    ['0171 2345678'],
    ['030/1234-5678'],
    ['212-555-0123'],
    ['020 7946 0958'],
  ])('is found in %s', (text) => {
    expect(isPersonal(text)).toBe(true)
  })

  test.each([
    [''],
    ['postgres'],
    ['/usr/lib/postgresql/15/bin/postgres'],
    ['/var/homework/x'],
    ['10.0.3.7'],
    ['192.168.100.200:5432'],
    ['fe80::1%eth0'],
    ['30000-32767'],
    ['2026-11-23'],
    ['2026-11-23T09:00:00.000Z'],
    ['08/12/2026'],
    ['0123456789abcdef0123456789abcdef'],
    ['sha256:0049123456789012345678901234567890123456789012345678901234567890'],
    ['registry.example/app@sha256:0000'],
    ['00000000-0000-4000-8000-000000000000'],
    ['1.25.3-alpine'],
    ['getty@tty1'],
    ['team/billing'],
    ['ext4 ~ 5'],
  ])('is not %s', (text) => {
    expect(isPersonal(text)).toBe(false)
  })

  test('is told by its key as well, and by whatever stands below such a key', () => {
    const body: JsonObject = {
      user: 'postgres',
      run_as_user: 'www',
      home: '/srv',
      users: ['a', { nick: 'b', n: 1 }],
      user_agent: 'curl',
      superuser: 'x',
      email: null,
      phone: '',
      owners: [{ pid: 1, path: '/home/joe/x' }],
    }
    expect(findPersonal(body)).toEqual([
      '/user',
      '/run_as_user',
      '/home',
      '/users/0',
      '/users/1/nick',
      '/owners/0/path',
    ])
  })

  test('is always a text that is there', () => {
    const body = fc.dictionary(fc.constantFrom('user', 'a', 'mail', 'b'), fc.jsonValue())
    fc.assert(
      fc.property(body, (wild) => {
        const found = findPersonal(wild as JsonObject).filter((pointer) => /^(?:\/[a-z0-9]+)+$/.test(pointer))
        for (const pointer of found) expect(valueAt(wild as JsonObject, pointer)).toBeTypeOf('string')
      }),
    )
  })
})
