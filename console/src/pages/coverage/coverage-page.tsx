import { useQuery } from '@tanstack/react-query'

import type { PlaceCoverage } from '../../../../src/api/views.ts'
import { q } from '../../api/queries.ts'
import { Answer } from '../../ui/answer.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { CoverageTable } from './coverage-table.tsx'
import { Scroll } from '../../ui/scroll.tsx'
import { count, counted } from '../../format/number.ts'

const SOURCE_WORDS = {
  observing: 'observing',
  silent: 'silent: no pass when one was due',
  stopped: 'stopped',
  once: 'read once',
} satisfies Record<PlaceCoverage['sources'][number]['state'], string>

export function CoveragePage() {
  return (
    <Page title="Coverage">
      <Answer of={useQuery(q('coverage', { days: 14 }))}>
        {(report) => {
          const { inScope, full, partial, never } = report.summary
          return (
            <>
              <p className="sentence">
                Of {counted(inScope, 'place')} in scope, {counted(full, 'was', 'were')} observed fully today,{' '}
                {count(partial)} partly, {count(never)} never.
              </p>
              <Section id="days" title="By place and day" aside="days in UTC">
                <CoverageTable report={report} />
              </Section>
              {report.places.length > 0 && <Sources places={report.places} />}
            </>
          )
        }}
      </Answer>
    </Page>
  )
}

function Sources({ places }: { readonly places: readonly PlaceCoverage[] }) {
  return (
    <Section id="sources" title="Sources">
      <Scroll label="Sources by place">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Place</th>
              <th scope="col">Source</th>
              <th scope="col">State</th>
              <th scope="col">Vantage point</th>
              <th scope="col">Last pass</th>
              <th scope="col">Last complete</th>
              <th scope="col">Says about itself</th>
            </tr>
          </thead>
          <tbody>
            {places.flatMap((place) =>
              place.sources.map((source) => (
                <tr key={`${place.place} ${source.name}`}>
                  <th scope="row">{place.place}</th>
                  <td className="code">{source.name}</td>
                  <td>{SOURCE_WORDS[source.state]}</td>
                  <td>{source.vantage ?? 'not said'}</td>
                  <td>
                    <Time at={source.lastPass} />
                  </td>
                  <td>{source.lastComplete === null ? 'never' : <Time at={source.lastComplete} />}</td>
                  <td className="wrap">
                    {source.notes.map((note) => (
                      <p key={note}>{note}</p>
                    ))}
                    <Collector of={source.collector} />
                  </td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </Scroll>
    </Section>
  )
}

function Collector({ of }: { readonly of: PlaceCoverage['sources'][number]['collector'] }) {
  if (of === null) return null
  const members = Object.entries(of).map(
    ([key, value]) => `${key.replaceAll('_', ' ')}: ${String(value ?? 'unknown')}`,
  )
  return <p className="soft">{members.join(' · ')}</p>
}
