import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import type { EntryPage, EntryProof as ProofAnswer } from '../../../../src/api/views.ts'
import { q } from '../../api/queries.ts'
import { counted } from '../../format/number.ts'
import { climb, readTlogProof, type Climb, type TlogProof } from '../../proof/tlog-proof.ts'
import { Answer } from '../../ui/answer.tsx'
import { Download } from '../../ui/download.tsx'
import { Section } from '../../ui/page.tsx'
import { ProofPath, spanText } from './proof-path.tsx'
import { Scroll } from '../../ui/scroll.tsx'

/** That the entry lies in the log: the path from its bytes to the root of the newest checkpoint, computed anew here. */
export function EntryProof({ entry }: { readonly entry: EntryPage }) {
  const { index } = entry
  return (
    <Section id="proof" title="Proof" aside="that it lies in the log">
      <Answer of={useQuery({ ...q('proveEntry', { index }), staleTime: onceProven })}>
        {(answer) => <Recomputed entry={entry} answer={answer} />}
      </Answer>
    </Section>
  )
}

/** What a checkpoint once proved stays proved; what none covered yet is asked for with the next news. */
function onceProven({ state }: { readonly state: { readonly data: unknown } }): number | 'static' {
  return state.data === undefined ? 0 : 'static'
}

function Recomputed({ entry, answer }: { readonly entry: EntryPage; readonly answer: ProofAnswer }) {
  const proof = readTlogProof(answer.text)
  const climbed = useQuery(climbQuery(entry, proof))
  // WebCrypto is there on https and on this machine's own addresses only (W3C Secure Contexts).
  const canHash = globalThis.crypto?.subtle !== undefined
  return (
    <>
      {proof === null && <p className="mismatch">What the server sent is not a proof.</p>}
      {proof !== null && !canHash && (
        <p className="unknown-word">
          Not recomputed here: this browser computes SHA-256 only over https or on the machine itself. The
          proof can be kept and checked elsewhere.
        </p>
      )}
      {proof !== null && climbed.data && <Verdict entry={entry} proof={proof} climbed={climbed.data} />}
      <div className="actions">
        <Download
          fileName={`${entry.index}.tlog-proof`}
          type="text/plain;charset=utf-8"
          content={() => answer.text}
        >
          Keep the proof
        </Download>
        <Download fileName={`${entry.index}.leaf`} type="application/octet-stream" content={() => entry.leaf}>
          Keep the leaf
        </Download>
      </div>
    </>
  )
}

interface VerdictProps {
  readonly entry: EntryPage
  readonly proof: TlogProof
  readonly climbed: Climb
}

function Verdict({ entry, proof, climbed }: VerdictProps) {
  const { size, root } = proof.checkpoint
  const isOf = proof.index === entry.index && climbed.isRoot
  return (
    <>
      {isOf ? (
        <p className="sentence">
          Recomputed here: the root is the checkpoint’s. The bytes below lie in the log as entry {entry.index}{' '}
          of {counted(size, 'entry', 'entries')}.
        </p>
      ) : (
        <p className="sentence mismatch" role="alert">
          Recomputed here: the root is <strong>not</strong> the checkpoint’s. These bytes with this proof do
          not lie in the log that was signed. Keep both, and have the log checked with{' '}
          <code>portreeve-verify</code>.
        </p>
      )}
      <p className="soft">
        The signature on the checkpoint is not checked here, and the page that computes this came from the
        same server as the log. Whoever wants to trust neither checks an{' '}
        <Link to="/evidence" search={{}}>
          evidence pack
        </Link>{' '}
        with a trust file handed over apart.
      </p>
      <div className="proof">
        <ProofPath index={entry.index} climbed={climbed} />
        <ProofTable index={entry.index} climbed={climbed} root={root} isRoot={isOf} />
      </div>
    </>
  )
}

function ProofTable({
  index,
  climbed,
  root,
  isRoot,
}: {
  readonly index: number
  readonly climbed: Climb
  readonly root: string
  readonly isRoot: boolean
}) {
  return (
    <Scroll label="The path from the leaf to the root">
      <table className="table hashes">
        <thead>
          <tr>
            <th scope="col">Over entries</th>
            <th scope="col">Hash computed here</th>
            <th scope="col">Beside it, from the proof</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{index}, the leaf</th>
            <td className="code">{climbed.leafHash}</td>
            <td>none</td>
          </tr>
          {climbed.steps.map(({ sibling, side, given, above, computed }) => (
            <tr key={`${above.from} ${above.until}`}>
              <th scope="row">{spanText(above)}</th>
              <td className="code">{computed}</td>
              <td>
                <span className="code">{given}</span>
                <br />
                <span className="soft">
                  over {spanText(sibling)}, on the {side}
                </span>
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">Root of the checkpoint</th>
            <td className="code">{root}</td>
            <td>{isRoot ? 'the same as computed' : 'not the one computed'}</td>
          </tr>
        </tbody>
      </table>
    </Scroll>
  )
}

function climbQuery({ leaf, index }: EntryPage, proof: TlogProof | null) {
  return queryOptions({
    queryKey: ['climb', index, leaf, proof] as const,
    queryFn: () => climb(leaf, proof!),
    enabled: proof !== null && globalThis.crypto?.subtle !== undefined,
    staleTime: 'static',
    retry: false,
  })
}
