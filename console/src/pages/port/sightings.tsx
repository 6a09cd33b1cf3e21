import { Link } from '@tanstack/react-router'

import type { SightingView } from '../../../../src/api/views.ts'
import { Section } from '../../ui/page.tsx'
import { ObservedMark } from '../../ui/state.tsx'
import { Interval, Time } from '../../ui/time.tsx'
import { Scroll } from '../../ui/scroll.tsx'

export function Sightings({ sightings }: { readonly sightings: readonly SightingView[] }) {
  return (
    <Section id="sightings" title="Sightings">
      {sightings.length === 0 ? (
        <p className="soft">No source has seen this port.</p>
      ) : (
        <Scroll label="Sightings by source">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Source</th>
                <th scope="col">Vantage point</th>
                <th scope="col">State</th>
                <th scope="col">Since</th>
                <th scope="col">Last pass</th>
                <th scope="col">What it says</th>
                <th scope="col">Entry</th>
              </tr>
            </thead>
            <tbody>
              {sightings.map((one) => (
                <tr key={`${one.source} ${one.index}`}>
                  <th scope="row" className="code">
                    {one.source}
                  </th>
                  <td>{one.vantage ?? 'not said'}</td>
                  <td>
                    <ObservedMark state={one.state} />
                  </td>
                  <td>
                    <Interval of={one.since} />
                  </td>
                  <td>{one.lastPass === null ? 'once' : <Time at={one.lastPass} />}</td>
                  <td className="wrap">
                    {one.text}
                    {one.detail !== null && <span className="soft"> {one.detail}</span>}
                    {one.at !== null && <span className="code soft"> {one.at}</span>}
                  </td>
                  <td>
                    <Link to="/ledger/$index" params={{ index: String(one.index) }}>
                      {one.index}
                    </Link>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Section>
  )
}
