import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { gather, workplace } from '../support/cli.ts'

describe('the command line', { timeout: 60_000 }, () => {
  test('ends in order when the reader of its answer has had enough', async () => {
    const child = workplace().start(['schema', 'Port'])
    const err = gather(child.stderr)
    child.stdout?.destroy()
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect({ code, err: err() }).toEqual({ code: 0, err: '' })
  })

  test('takes an empty variable for one that is not set', async () => {
    const place = workplace()
    const env = {
      PORTREEVE_DATA: '',
      PORTREEVE_DATABASE: '',
      PORTREEVE_CONFIG: '',
      XDG_STATE_HOME: place.folder,
    }
    expect(await place.run(['ports', '--data', place.data], { env })).toMatchObject({ code: 0 })
    expect(existsSync(join(place.folder, 'book.sqlite'))).toBe(false)
    expect(existsSync(join(place.data, 'book.sqlite'))).toBe(true)
  })
})
