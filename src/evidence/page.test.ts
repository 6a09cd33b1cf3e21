import { expect, test } from 'vitest'

import { pageHtml, pageText } from './page.ts'

const hostile = {
  title: 'a <b>',
  sections: [
    {
      title: '&',
      sentences: ['"><script>alert(1)</script>\u001b[2J\u202e'],
      facts: [['x', '</td>']] as const,
    },
  ],
}

test('what an adversary named reaches no reader as markup or as a control sequence', () => {
  const html = pageHtml(hostile)
  expect(html).not.toContain('<script')
  expect(html).not.toContain('</td></td>')
  expect(html).toContain(String.raw`\u{1b}[2J\u{202e}`)
  expect(pageText(hostile)).toContain(String.raw`\u{1b}[2J\u{202e}`)
})

test('both forms say the same', () => {
  const text = pageText(hostile)
  for (const word of ['a <b>', '&', '</td>']) expect(text).toContain(word)
})
