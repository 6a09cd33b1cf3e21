import { useQuery } from '@tanstack/react-query'

import type { EvidencePack } from '../../../../src/api/views.ts'
import { q } from '../../api/queries.ts'
import { counted } from '../../format/number.ts'
import { Answer } from '../../ui/answer.tsx'
import { Download } from '../../ui/download.tsx'
import { Section } from '../../ui/page.tsx'
import { readAnswer, type AnswerSection } from './read-answer.ts'
import { bytesAt, zipOf } from './zip.ts'

interface Props {
  readonly pack: EvidencePack
  readonly fileName: string
}

/** A pack that was made: its answer, the file, and how whoever gets it checks it. */
export function Made({ pack, fileName }: Props) {
  const folder = fileName.replaceAll(/[^A-Za-z0-9.-]+/g, '_').slice(0, 100)
  const { title, sections } = readAnswer(new TextDecoder().decode(bytesAt(pack, 'answer.html')))
  return (
    <div className="made">
      <h2>{title}</h2>
      <p className="soft">
        {counted(pack.files.length, 'file')}, under the checkpoint of {counted(pack.size, 'entry', 'entries')}{' '}
        of <span className="code">{pack.origin}</span>
      </p>
      <div className="actions">
        <Download
          isPrimary
          fileName={`${folder}.zip`}
          type="application/zip"
          content={() => zipOf(pack, folder)}
        >
          Download the pack
        </Download>
      </div>
      {sections.map((section) => (
        <AnswerPart key={section.title} section={section} />
      ))}
      <HowToCheck folder={folder} />
    </div>
  )
}

function AnswerPart({ section: { title, sentences, facts } }: { readonly section: AnswerSection }) {
  return (
    <section className="answer">
      <h3>{title}</h3>
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {facts.length > 0 && (
        <dl className="facts">
          {facts.map(({ name, value }, n) => (
            // oxlint-disable-next-line react/no-array-index-key -- two facts may be of one entry
            <div key={`${n} ${name}`}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}

/** With the trust file in the pack itself, a forger would bring his own. */
function HowToCheck({ folder }: { readonly folder: string }) {
  return (
    <Section id="check" title="How it is checked">
      <p>
        Hand the pack over, and the trust file by another way: on paper, in a contract, in a repository. With
        both, on any machine with Node and without a network:
      </p>
      <pre className="block wrapped">
        <code>{`unzip ${folder}.zip\nportreeve-verify ${folder} --trust trust.txt`}</code>
      </pre>
      <p className="soft">
        It exits with 0 if all holds, 10 if something needed is missing, 20 if something is wrong, 30 if two
        heads of the log conflict. <code>VERIFY.md</code> in the pack has the same with common tools.
      </p>
      <Answer of={useQuery(q('showTrust', {}))}>
        {({ text }) => (
          <div className="actions">
            <Download fileName="trust.txt" type="text/plain;charset=utf-8" content={() => text}>
              Download the trust file
            </Download>
            <span className="soft">not together with the pack</span>
          </div>
        )}
      </Answer>
    </Section>
  )
}
