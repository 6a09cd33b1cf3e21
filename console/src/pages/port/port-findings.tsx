import { Link } from '@tanstack/react-router'

import type { PortView } from '../../../../src/api/views.ts'
import { Section } from '../../ui/page.tsx'
import { SeverityMark } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'

export function PortFindings({ findings }: Pick<PortView, 'findings'>) {
  return (
    <Section id="findings" title="Candidate findings">
      {findings.length === 0 ? (
        <p className="soft">No rule matched.</p>
      ) : (
        <ul className="findings">
          {findings.map((finding) => (
            <li key={finding.fingerprint}>
              <SeverityMark severity={finding.severity} />
              <div>
                <p>{finding.text}</p>
                {finding.hint !== null && <p className="soft">{finding.hint}</p>}
                <p className="soft">
                  <Link to="/ports" search={{ finding: finding.rule }} className="code">
                    {finding.rule}
                  </Link>
                  {finding.cites.length > 0 && ` · ${finding.cites.join(', ')}`}
                  {finding.since !== null && (
                    <>
                      {' '}
                      · since <Time at={finding.since} />
                    </>
                  )}
                  {finding.at !== null && (
                    <>
                      {' '}
                      · <span className="code">{finding.at}</span>
                    </>
                  )}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
