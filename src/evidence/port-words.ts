import type { JsonObject } from '../model/entry.ts'
import { timeText, type Instant } from '../model/port.ts'
import type { Seen } from './bracket.ts'
import { widthOf } from './bracket.ts'
import type { Page, Section } from './page.ts'
import { bodyOf, objectAt, portOf, said, textOrNull, type PortEvidence, type Told } from './port-evidence.ts'

/** The answer in words: facts with their times and what each rests on, never a conclusion. */
export function portPage(evidence: PortEvidence, question: string): Page {
  return {
    title: `Evidence on ${evidence.port}`,
    sections: [
      { title: 'Question', sentences: [question] },
      { title: 'Answer', sentences: [observedSentence(evidence), ...openingSentences(evidence)] },
      whenSection(evidence),
      whySection(evidence),
      authoritySection(evidence),
      lookedSection(evidence),
      historySection(evidence),
      keptSection(evidence),
      {
        title: 'What this pack does not say',
        sentences: [
          'From where the port could be reached, which rules and contracts it answered to, and what enforced that, is not computed by this version.',
          'It states facts on record and what vouches for them. It gives no legal advice; what follows from them is decided by a person.',
        ],
      },
    ],
  }
}

function observedSentence({ observed, port, asked }: PortEvidence): string {
  const moment = timeText(asked.at ?? asked.now)
  if (observed === 'open') return `${port} was open at ${moment}, by the word of the sources named below.`
  if (observed === 'closed') return `${port} was closed at ${moment}, by the word of the sources named below.`
  return `Whether ${port} was open at ${moment} is unknown: no source on record says so.`
}

function openingSentences({ opening }: PortEvidence): readonly string[] {
  if (opening === null) return ['The book holds no opening of it up to then.']
  const { not_before: before, not_after: after } = ends(opening)
  return [
    before === null
      ? `First seen open ${timeText(after)}; there is no earlier complete pass, so it may have been open long before.`
      : `It opened between ${timeText(before)}, the last complete pass that saw it closed, and ${timeText(after)}, when it was first seen open (${seconds(widthOf(before, after))}). That is the collector's own claim.`,
  ]
}

function whenSection({ opening, bracket, coverage }: PortEvidence): Section {
  if (opening === null) return { title: 'When it went live', sentences: ['Not on record.'] }
  const { not_before: before, not_after: after } = ends(opening)
  const { notBefore, notAfter } = bracket
  return {
    title: 'When it went live, and what proves it',
    sentences:
      notBefore === null && notAfter === null
        ? [
            'Nothing independent: no witness and no timestamp authority vouches for any checkpoint around it. Whoever held the database and the keys could have written it at another time.',
          ]
        : [
            'The collector’s claim says when the port opened; the independent proof says when the sighting came onto the log.',
          ],
    facts: [
      ['claimed, not before', before === null ? 'no earlier complete pass on record' : before],
      ['claimed, not after', after],
      ['claimed width', seconds(widthOf(before, after))],
      ['collector’s clock', clockText(coverage, opening)],
      ['logged as entry', String(opening.entry.index)],
      ['proven, not before', seenText(notBefore)],
      ['proven, not after', seenText(notAfter)],
      ['proven width', seconds(widthOf(notBefore?.at, notAfter?.at))],
    ],
  }
}

function whySection({ declaration, system, record }: PortEvidence): Section {
  const title = 'Why it exists'
  if (declaration === null)
    return {
      title,
      sentences: [record === null ? 'No record declared it.' : `${record} did not declare it then.`],
    }
  const spec = objectAt(declaration.body, 'spec')
  const shared = system === null ? {} : objectAt(system.body, 'spec')
  const reason = objectAt(spec, 'justification')
  return {
    title,
    sentences: [],
    facts: [
      ['record', said(declaration.body['name'])],
      ['purpose', saidIn(spec, 'purpose')],
      ['owner', textOrNull(spec['owner']) ?? saidIn(shared, 'owner')],
      ['why', saidIn(reason, 'why')],
      ['if it were closed', saidIn(reason, 'if_closed')],
    ],
  }
}

function authoritySection({ declaration }: PortEvidence): Section {
  const title = 'On whose authority'
  if (declaration === null)
    return { title, sentences: ['No decision in force on record, and no declaration.'] }
  return {
    title,
    sentences: [
      `No decision in force on record: the book was in documenting mode. Declared by ${said(declaration.body['by'])} (a pseudonym) in entry ${declaration.index}, ${timeText(declaration.at)}.`,
    ],
  }
}

function lookedSection({ coverage, coverageLeftOut, probes }: PortEvidence): Section {
  const left =
    coverageLeftOut === 0
      ? []
      : [
          `${coverageLeftOut} more coverage entries of the period are on the log and not in this pack, for want of room; replaying the log shows them.`,
        ]
  return {
    title: 'Who looked, and how completely',
    sentences: [
      coverage.length === 0
        ? 'No coverage of its place is on record for the time asked about.'
        : 'Each line is an entry by which a source reports its passes over the place.',
      ...(probes.length === 0
        ? ['No test from another vantage point that found it closed is on record for the time asked about.']
        : probes.map(
            (probe) =>
              `${sourceName(probe)} looked from elsewhere and found it ${stateOf(probe)} (entry ${probe.entry.index}).`,
          )),
      ...left,
    ],
    facts: coverage.map((entry) => {
      const span = objectAt(entry.body, 'span')
      const gaps = entry.body['gaps']
      const breaks = Array.isArray(gaps) && gaps.length > 0 ? `, ${gaps.length} gaps` : ''
      return [
        `entry ${entry.index}`,
        `${said(objectAt(entry.body, 'source')['name'])}: ${said(entry.body['complete_passes'])} complete of ${said(entry.body['passes'])} passes from ${said(span['from'])} until ${said(span['until'])}${breaks}`,
      ]
    }),
  }
}

function historySection({ told }: PortEvidence): Section {
  return {
    title: 'What was seen',
    sentences: told.length === 0 ? ['Nothing.'] : [],
    facts: told.map((one) => {
      const { not_before: before, not_after: after } = ends(one)
      const after_ = before === null ? '' : `, not before ${before}`
      return [
        `entry ${one.entry.index}`,
        `${portOf(one)} ${said(bodyOf(one)['kind'])}, ${stateOf(one)}: seen ${after}${after_}; by ${sourceName(one)}`,
      ]
    }),
  }
}

function keptSection({ holds, erasures }: PortEvidence): Section {
  return {
    title: 'What is kept, and what was erased',
    sentences:
      holds.length + erasures.length === 0 ? ['No hold, no freeze and no erasure on record touches it.'] : [],
    facts: [
      ...holds.map(({ entry, releases, stands }): [string, string] => {
        const ending = releases.length === 0 ? '' : `; said that it may end: entries ${releases.join(', ')}`
        const reason = textOrNull(entry.body['reason']) ?? 'reason withheld'
        return [
          `entry ${entry.index}`,
          `${entry.type} ${said(entry.body['hold'])} ${stands ? 'stands' : 'was released'}: ${reason}${ending}`,
        ]
      }),
      ...erasures.map((entry): [string, string] => [
        `entry ${entry.index}`,
        entry.body['act'] === 'deferred' ? 'an erasure waits' : 'values of entries in this pack were erased',
      ]),
    ],
  }
}

function ends(told: Told): { readonly not_before: Instant | null; readonly not_after: Instant } {
  const body = bodyOf(told)
  return { not_before: textOrNull(body['not_before']), not_after: said(body['not_after']) }
}

function clockText(coverage: PortEvidence['coverage'], { entry }: Told): string {
  const source = objectAt(entry.body, 'source')['name']
  const beat = coverage.find(
    (each) => each.index >= entry.index && objectAt(each.body, 'source')['name'] === source,
  )
  const clock = beat === undefined ? undefined : objectAt(beat.body, 'collector')['clock']
  return typeof clock === 'string' ? clock : 'not on record'
}

function seenText(seen: Seen | null): string {
  if (seen === null) return 'nobody vouches for it'
  if (seen.by === 'anchor') return `${seen.at}, a timestamp whose digest entry ${seen.index} holds`
  const who = seen.by === 'cosignature' ? `witness ${seen.name}` : `timestamp authority ${seen.name}`
  return `${seen.at}, ${who}, over the checkpoint of ${seen.size} entries`
}

function stateOf(told: Told): string {
  return textOrNull(bodyOf(told)['state']) ?? 'unknown'
}

function sourceName({ entry }: Told): string {
  return said(objectAt(entry.body, 'source')['name'])
}

function saidIn(object: JsonObject, name: string): string {
  return textOrNull(object[name]) ?? 'not on record'
}

function seconds(width: number | null): string {
  if (width === null) return 'not known'
  return width < 120_000 ? `${(width / 1000).toFixed(3)} s` : `${Math.round(width / 60_000)} min`
}
