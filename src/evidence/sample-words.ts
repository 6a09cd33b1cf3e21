import { timeText } from '../model/port.ts'
import type { Page } from './page.ts'
import { bodyOf, portOf, said } from './port-evidence.ts'
import type { Sample } from './sample-answer.ts'

/** What was drawn, from what, and how anybody draws it again. */
export function samplePage(sample: Sample, question: string): Page {
  const { population, period, seed, count, drawn, digest, frozen } = sample
  const span = period === null ? '' : `, from ${timeText(period.from)} until ${timeText(period.until)}`
  return {
    title: `Sample of ${population}`,
    sections: [
      { title: 'Question', sentences: [question] },
      {
        title: 'Answer',
        sentences: [
          `The population has ${count} items${span}. ${drawn.length} were drawn by the seed ${JSON.stringify(seed)}.`,
          `The digest of the population stands in entry ${frozen.index}, written ${timeText(frozen.at)}, before the draw. population.json lists every item; whoever has it and the seed draws the same ones.`,
          'That the population is complete is not proved by this pack alone: replaying the log counts it again.',
        ],
        facts: [['digest of the population', digest]],
      },
      {
        title: 'Drawn, in the order of the draw',
        sentences: drawn.length === 0 ? ['Nothing: the population is empty.'] : [],
        facts: drawn.map((item) => [item, itemText(sample, item)]),
      },
      {
        title: 'What this pack does not say',
        sentences: [
          'It states facts on record and what vouches for them. It gives no legal advice; what follows from them is decided by a person.',
        ],
      },
    ],
  }
}

function itemText({ entries }: Sample, item: string): string {
  const [index = '', change] = item.split('/')
  const entry = entries.get(Number(index))
  if (entry === undefined) return 'a place in scope'
  if (change === undefined)
    return `${entry.type} ${said(entry.body['kind'])} ${said(entry.body['name'])}, ${timeText(entry.at)}`
  const told = { entry, change: Number(change) }
  return `${portOf(told)} opened, first seen open ${said(bodyOf(told)['not_after'])}`
}
