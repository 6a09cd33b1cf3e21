export interface AnswerSection {
  readonly title: string
  readonly sentences: readonly string[]
  readonly facts: readonly { readonly name: string; readonly value: string }[]
}

/** The answer of a pack, read from its `answer.html`: as text alone, which is all that is taken from it. */
export function readAnswer(html: string): {
  readonly title: string
  readonly sections: readonly AnswerSection[]
} {
  // A document of its own: nothing in it runs or is loaded. Without its head, whose style the page's policy refuses.
  const page = new DOMParser().parseFromString(html.slice(html.indexOf('<main>')), 'text/html')
  const sections = [...page.querySelectorAll('section')].map((section) => ({
    title: textIn(section, 'h2'),
    sentences: [...section.querySelectorAll('p')].map((each) => each.textContent),
    facts: [...section.querySelectorAll('tr')].map((row) => ({
      name: textIn(row, 'th'),
      value: textIn(row, 'td'),
    })),
  }))
  return { title: textIn(page, 'h1'), sections }
}

function textIn(of: ParentNode, selector: string): string {
  return of.querySelector(selector)?.textContent ?? ''
}
