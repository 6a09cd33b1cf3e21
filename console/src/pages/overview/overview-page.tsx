import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import type { CoverageReport, Overview } from '../../../../src/api/views.ts'
import { q } from '../../api/queries.ts'
import { Answer } from '../../ui/answer.tsx'
import { Empty } from '../../ui/empty.tsx'
import { EntryLink, PortLink } from '../../ui/links.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { SeverityMark } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import { CoverageTable } from '../coverage/coverage-table.tsx'
import { Scroll } from '../../ui/scroll.tsx'
import { count, counted } from '../../format/number.ts'

const DAYS = 7

export function OverviewPage() {
  const coverage = useQuery(q('coverage', { days: DAYS }))
  return (
    <Page title="Overview">
      <Answer of={useQuery(q('overview', {}))}>
        {(overview) => (
          <>
            <p className="sentence">{overview.sentence}</p>
            <Counts ports={overview.ports} />
            <NeedsYou findings={overview.findings} isEmptyBook={overview.ports.open === 0} />
            <CoverageSummary summary={overview.coverage} coverage={coverage} />
            {/* Not before what stands above it, or it would jump down. */}
            {!coverage.isPending && (
              <>
                <Changes changes={overview.changes} />
                <LedgerHead ledger={overview.ledger} />
              </>
            )}
          </>
        )}
      </Answer>
    </Page>
  )
}

function Counts({ ports }: Pick<Overview, 'ports'>) {
  return (
    <ul className="counts">
      <li>
        <Link to="/ports" search={{ observed: 'open' }}>
          <b>{count(ports.open)}</b> open
        </Link>
      </li>
      <li>
        <Link to="/ports" search={{ documented: 'documented' }}>
          <b>{count(ports.declared)}</b> declared
        </Link>
      </li>
      <li>
        <Link to="/ports" search={{ documented: 'none' }}>
          <b>{count(ports.undeclared)}</b> undeclared
        </Link>
      </li>
    </ul>
  )
}

function NeedsYou({ findings, isEmptyBook }: Pick<Overview, 'findings'> & { readonly isEmptyBook: boolean }) {
  return (
    <Section id="needs-you" title="What needs you">
      {findings.length === 0 ? (
        <Empty title="No rule matched.">
          {isEmptyBook ? (
            <p>
              The book is empty: nothing was observed yet. <code>portreeve scan --record</code> on a machine
              writes what listens there into it.
            </p>
          ) : (
            <p>
              This speaks only of what was read; see <Link to="/coverage">coverage</Link> for what was not.
            </p>
          )}
        </Empty>
      ) : (
        <Scroll label="Findings by rule">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Severity</th>
                <th scope="col">Candidate finding</th>
                <th scope="col">Rule</th>
                <th scope="col" className="number">
                  Count
                </th>
              </tr>
            </thead>
            <tbody>
              {findings.map(({ rule, severity, count: times, title }) => (
                <tr key={`${rule} ${severity}`}>
                  <td>
                    <SeverityMark severity={severity} />
                  </td>
                  <td className="wrap">
                    <Link to="/ports" search={{ finding: rule }}>
                      {title}
                    </Link>
                  </td>
                  <td className="code soft">{rule}</td>
                  <td className="number">{count(times)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Section>
  )
}

interface CoverageProps {
  readonly summary: Overview['coverage']
  readonly coverage: UseQueryResult<CoverageReport>
}

function CoverageSummary({ summary, coverage }: CoverageProps) {
  const { inScope, full, partial, never } = summary
  return (
    <Section
      id="coverage"
      title="Coverage"
      aside={
        <>
          {counted(inScope, 'place')} in scope today: {count(full)} full, {count(partial)} partial,{' '}
          {count(never)} never · <Link to="/coverage">all days and sources</Link>
        </>
      }
    >
      <Answer of={coverage}>{(report) => <CoverageTable report={report} most={8} />}</Answer>
    </Section>
  )
}

function Changes({ changes }: Pick<Overview, 'changes'>) {
  return (
    <Section id="changes" title="What changed">
      {changes.length === 0 ? (
        <Empty title="Nothing changed yet.">
          <p>A port that opens or closes, and a document that somebody declares, shows here.</p>
        </Empty>
      ) : (
        <ol className="timeline">
          {changes.map((change) => (
            <li key={`${change.index} ${change.port} ${change.kind} ${change.text}`}>
              <Time at={change.at} />
              <span className="kind">{change.kind}</span>
              <span>
                {change.text} {change.port !== null && <PortLink id={change.port} />}
              </span>
              <EntryLink index={change.index} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  )
}

function LedgerHead({ ledger }: Pick<Overview, 'ledger'>) {
  return (
    <Section id="ledger" title="Ledger" aside={<Link to="/ledger">all entries</Link>}>
      <dl className="facts">
        <dt>Origin</dt>
        <dd className="code">{ledger.origin}</dd>
        <dt>Size</dt>
        <dd>{counted(ledger.size, 'entry', 'entries')}</dd>
        <dt>Root hash</dt>
        <dd className="code">{ledger.root}</dd>
        <dt>Signed checkpoint</dt>
        <dd>
          {ledger.signedSize === null
            ? 'none signed yet'
            : `over ${counted(ledger.signedSize, 'entry', 'entries')}`}
        </dd>
      </dl>
    </Section>
  )
}
