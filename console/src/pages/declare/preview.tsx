import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { SeverityMark } from '../../ui/state.tsx'
import type { Draft } from './draft.ts'
import { countTodos } from './spec-path.ts'
import type { PreviewState } from './use-preview.ts'

const CHANGE_WORDS = {
  new: 'is new in the book',
  amended: 'amends what stands in the book',
  unchanged: 'changes nothing',
} as const

/** What declaring the text would change, before anybody does it. */
export function Preview({ of, draft }: { readonly of: PreviewState; readonly draft: Draft }) {
  const todos = draft.by === 'form' ? countTodos(draft.spec) : draft.text.split(/\bTODO\b/).length - 1
  return (
    <section aria-labelledby="preview" aria-live="polite">
      <h2 id="preview">What declaring it changes</h2>
      {todos > 0 && (
        <p className="todo">
          {todos} {todos === 1 ? 'place still says' : 'places still say'} TODO. It can be declared like this;
          a candidate finding stays until a person fills it in.
        </p>
      )}
      {of.state === 'failed' && of.error !== null && <ProblemNotice error={of.error} />}
      {of.state === 'faulty' && <Faults of={of} />}
      {of.error === null && of.report !== undefined && <Report report={of.report} />}
    </section>
  )
}

function Faults({ of }: { readonly of: PreviewState }) {
  return (
    <ul className="faults">
      {of.faults.map((fault) => (
        <li key={`${fault.line} ${fault.message}`}>
          {fault.line !== null && <span className="soft">Line {fault.line}: </span>}
          {fault.message}
          {fault.hint !== null && <div className="soft">{fault.hint}</div>}
        </li>
      ))}
    </ul>
  )
}

function Report({ report }: { readonly report: NonNullable<PreviewState['report']> }) {
  return (
    <>
      <ul className="changes">
        {report.declared.map(({ kind, name, change }) => (
          <li key={`${kind} ${name}`}>
            {kind} <b>{name}</b> {CHANGE_WORDS[change]}.
          </li>
        ))}
      </ul>
      {report.findings.length === 0 ? (
        <p className="soft">No rule matched.</p>
      ) : (
        <ul className="findings">
          {report.findings.map((finding) => (
            <li key={finding.fingerprint}>
              <SeverityMark severity={finding.severity} />
              <div>
                <p>{finding.text}</p>
                {finding.hint !== null && <p className="soft">{finding.hint}</p>}
              </div>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
