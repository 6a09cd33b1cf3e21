import { expect, test } from 'vitest'
import { parsePasswd } from './passwd.ts'

test('an account number has the name of its first line; NIS lines and rubbish have none', () => {
  const text =
    'root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n+::::::\n#a:x:5:\n__proto__:x:6:6:::\nbroken\n'
  expect([...parsePasswd(text)]).toEqual([
    [0, 'root'],
    [6, '__proto__'],
  ])
})
