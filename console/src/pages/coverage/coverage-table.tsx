import { Link } from '@tanstack/react-router'

import type { CoverageReport, PlaceCoverage } from '../../../../src/api/views.ts'
import { dayText, dayTitle } from '../../format/coverage.ts'
import { Empty } from '../../ui/empty.tsx'
import { CoverageMark } from '../../ui/state.tsx'
import { Scroll } from '../../ui/scroll.tsx'

interface Props {
  readonly report: CoverageReport
  /** How many places to show; the rest is counted. */
  readonly most?: number
}

/** Places by days: how completely each was observed. */
export function CoverageTable({ report, most = Number.POSITIVE_INFINITY }: Props) {
  const days = report.places[0]?.days.map(({ day }) => day) ?? []
  const hidden = report.places.length - most
  if (report.places.length === 0)
    return (
      <Empty title="No place is in scope.">
        <p>
          Start <code>portreeve up</code> on a machine, or declare a Place, and its days are counted from then
          on.
        </p>
      </Empty>
    )
  return (
    <>
      <Scroll label="Coverage by place and day">
        <table className="table coverage">
          <thead>
            <tr>
              <th scope="col">Place</th>
              {days.map((day) => (
                <th scope="col" key={day}>
                  <time dateTime={day}>{dayText(day)}</time>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.places.slice(0, most).map((place) => (
              <Row key={place.place} place={place} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {hidden > 0 && (
        <p className="soft">
          and {hidden} more: <Link to="/coverage">all places</Link>
        </p>
      )}
    </>
  )
}

function Row({ place }: { readonly place: PlaceCoverage }) {
  return (
    <tr>
      <th scope="row">
        <Link to="/ports" search={{ place: place.place }}>
          {place.place}
        </Link>
        {!place.inScope && <span className="soft"> (not in scope)</span>}
      </th>
      {place.days.map((day) => (
        <td key={day.day} title={dayTitle(day)}>
          <CoverageMark state={day.state} />
        </td>
      ))}
    </tr>
  )
}
