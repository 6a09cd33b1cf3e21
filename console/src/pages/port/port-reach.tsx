import type { Reach } from '../../../../src/model/reach.ts'
import { Section } from '../../ui/page.tsx'
import { Scroll } from '../../ui/scroll.tsx'

/** From where it can be reached: what is proved and what cannot be excluded, never in one word. */
export function PortReach({ reach }: { readonly reach: Reach | null }) {
  return (
    <Section id="reach" title="Reach">
      {reach === null ? <NotComputed /> : <Computed reach={reach} />}
    </Section>
  )
}

/** Said plainly, because silence would read as "nobody". */
function NotComputed() {
  return (
    <p>
      <span className="unknown-word">Not computed.</span> Neither manifests nor the rules of the host itself
      were read for it. The address alone proves nothing about reach.
    </p>
  )
}

function Computed({ reach }: { readonly reach: Reach }) {
  if (reach.may.length === 0) return <p>Computed as reachable from nowhere.</p>
  return (
    <>
      <Scroll label="From where it can be reached">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Whether</th>
              <th scope="col">By which way</th>
            </tr>
          </thead>
          <tbody>
            {reach.may.map((zone) => (
              <tr key={zone}>
                <th scope="row">{zone}</th>
                <td>
                  <Bound isProved={reach.must.includes(zone)} />
                </td>
                <td className="wrap">
                  <Way reach={reach} zone={zone} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {reach.reasons.length > 0 && (
        <ul>
          {reach.reasons.map(({ code, text }) => (
            <li key={`${code} ${text}`}>Because {text}.</li>
          ))}
        </ul>
      )}
    </>
  )
}

function Bound({ isProved }: { readonly isProved: boolean }) {
  return isProved ? (
    <span>
      <span aria-hidden="true">●</span> surely
    </span>
  ) : (
    <span className="unknown-word">
      <span aria-hidden="true">▨</span> cannot be excluded
    </span>
  )
}

/** A zone without a way of its own is reached by that of a farther one, or by none that was written down. */
function Way({ reach, zone }: { readonly reach: Reach; readonly zone: string }) {
  const path = reach.paths.find(({ from }) => from === zone)
  if (path === undefined) return null
  return (
    <ol>
      {path.hops.map(({ at, rule, source }, n) => (
        // Hops may repeat: a packet can pass one chain twice.
        <li key={n}>
          {at}: {rule}
          {source !== null && <span className="code soft"> {source}</span>}
        </li>
      ))}
    </ol>
  )
}
