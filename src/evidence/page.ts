/** The words of a pack: one content, as plain text and as HTML that needs nothing beside itself. */
export interface Page {
  readonly title: string
  readonly sections: readonly Section[]
}

export interface Section {
  readonly title: string
  /** Sentences, each a paragraph. */
  readonly sentences: readonly string[]
  /** Facts by name; the value as it is to be read. */
  readonly facts?: readonly (readonly [name: string, value: string])[]
}

export function pageText({ title, sections }: Page): string {
  const parts = sections.map(
    (section) =>
      `${section.title}\n${'-'.repeat(section.title.length)}\n${[...section.sentences, ...factLines(section)].join('\n')}\n`,
  )
  return visible(`${title}\n${'='.repeat(title.length)}\n\n${parts.join('\n')}`)
}

export function pageHtml({ title, sections }: Page): string {
  const body = sections.map(
    (section) =>
      `<section><h2>${escape(section.title)}</h2>${section.sentences.map((each) => `<p>${escape(each)}</p>`).join('')}${factTable(section)}</section>`,
  )
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escape(title)}</h1>
${body.join('\n')}
</main></body>
</html>
`
}

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:46rem;padding:0 1rem}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid}table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600;vertical-align:top;width:14rem}th,td{padding:.25rem .5rem .25rem 0;overflow-wrap:anywhere}td{font-variant-numeric:tabular-nums}@media(max-width:30rem){th,td{display:block;width:auto}}'

function factLines({ facts = [] }: Section): readonly string[] {
  const width = Math.max(0, ...facts.map(([name]) => name.length))
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
}

function factTable({ facts = [] }: Section): string {
  if (facts.length === 0) return ''
  const rows = facts.map(
    ([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`,
  )
  return `<table>${rows.join('')}</table>`
}

// A host or a process may be called whatever an adversary likes, and a reader's terminal must not obey it.
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

function visible(text: string): string {
  return text.replaceAll(UNSEEN, (mark) => `\\u{${mark.codePointAt(0)!.toString(16)}}`)
}

function escape(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
