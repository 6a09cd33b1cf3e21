import { useQuery } from '@tanstack/react-query'

import type { CheckpointView } from '../../../../src/api/views.ts'
import { q } from '../../api/queries.ts'
import { counted } from '../../format/number.ts'
import { signersOf } from '../../proof/tlog-proof.ts'
import { Answer } from '../../ui/answer.tsx'
import { Download } from '../../ui/download.tsx'
import { EntryLink } from '../../ui/links.tsx'
import { Section } from '../../ui/page.tsx'
import { Scroll } from '../../ui/scroll.tsx'
import { Time, TimeFact } from '../../ui/time.tsx'

/** The newest checkpoint: what the log has signed, and who outside it vouches for that. */
export function LedgerHead() {
  return (
    <Section id="head" title="Newest checkpoint">
      <Answer of={useQuery(q('showCheckpoint', {}))}>
        {(checkpoint) => <Checkpoint checkpoint={checkpoint} />}
      </Answer>
    </Section>
  )
}

function Checkpoint({ checkpoint }: { readonly checkpoint: CheckpointView }) {
  const { origin, size, root, note, sentence, external, cosignatures, timestamps } = checkpoint
  const own = signersOf(note).filter(({ name }) => name === origin)
  return (
    <>
      <p className={external ? undefined : 'unknown-word'}>{sentence}</p>
      <dl className="facts">
        <dt>Log</dt>
        <dd className="code">{origin}</dd>
        <dt>Signed</dt>
        <dd>{counted(size, 'entry', 'entries')}</dd>
        <dt>Root</dt>
        <dd className="code">{root}</dd>
        <dt>Signed by the log</dt>
        <dd>
          {own.length === 0 ? (
            'no signature of the log'
          ) : (
            <>
              with the key <span className="code">{own.map(({ keyId }) => keyId).join(', ')}</span>
            </>
          )}
        </dd>
        <dt>Cosigned</dt>
        <dd>
          {cosignatures.length === 0
            ? 'by nobody outside this book'
            : cosignatures.map(({ witness, name, at }) => (
                <div key={`${witness} ${name}`}>
                  by {witness} at <TimeFact at={at} /> <span className="soft">by its own clock</span>
                </div>
              ))}
        </dd>
        <dt>Timestamped</dt>
        <dd>
          {timestamps.length === 0
            ? 'by no authority'
            : timestamps.map(({ authority, at, anchored }) => (
                <div key={authority}>
                  by {authority} at <TimeFact at={at} />
                  {anchored !== null && (
                    <>
                      , its token’s digest in <EntryLink index={anchored} />
                    </>
                  )}
                </div>
              ))}
        </dd>
      </dl>
      <Outsiders outsiders={outsidersOf(checkpoint)} />
      <div className="actions">
        <Download fileName={`${size}.checkpoint`} type="text/plain;charset=utf-8" content={() => note}>
          Keep the checkpoint
        </Download>
      </div>
    </>
  )
}

/** A witness or a timestamp authority that the policy names, and how it fared last. */
interface Outsider {
  readonly kind: 'witness' | 'timestamp authority'
  readonly name: string
  readonly address: string
  readonly state: string
  readonly since: string | null
  /** Entries under the largest checkpoint that it vouches for. */
  readonly covers: number
  readonly detail: string | null
}

function outsidersOf({ witnesses, authorities }: CheckpointView): readonly Outsider[] {
  return [
    ...witnesses.map(({ witness, url, name, cosigned, ...state }) => {
      return { kind: 'witness', name: witness, address: url ?? name, covers: cosigned, ...state } as const
    }),
    ...authorities.map(({ authority, url, stamped, ...state }) => {
      const kind = 'timestamp authority'
      return { kind, name: authority, address: url, covers: stamped, ...state } as const
    }),
  ]
}

function Outsiders({ outsiders }: { readonly outsiders: readonly Outsider[] }) {
  if (outsiders.length === 0) return null
  return (
    <Scroll label="Witnesses and timestamp authorities">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Outside this book</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
            <th scope="col" className="number">
              Vouches for entries
            </th>
            <th scope="col">What is wrong</th>
          </tr>
        </thead>
        <tbody>
          {outsiders.map(({ kind, name, address, state, since, covers, detail }) => (
            <tr key={`${kind} ${name}`}>
              <th scope="row">
                {kind} {name} <span className="code soft">{address}</span>
              </th>
              <td>{state}</td>
              <td>{since === null ? 'never asked' : <Time at={since} />}</td>
              <td className="number">{covers}</td>
              <td className="wrap">{detail ?? 'nothing on record'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
