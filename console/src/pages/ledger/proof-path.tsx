import type { Climb, Span } from '../../proof/tlog-proof.ts'

const LEVEL = 44
const MIDDLE = 160
const ASIDE = 96

/** The path from the leaf at the foot to the root at the head; the table beside it has the same content. */
export function ProofPath({ index, climbed }: { readonly index: number; readonly climbed: Climb }) {
  const { steps } = climbed
  const height = (steps.length + 1) * LEVEL
  const yOf = (level: number) => height - level * LEVEL - LEVEL / 2
  return (
    <svg className="proof-path" viewBox={`0 0 320 ${height}`} aria-hidden="true">
      {steps.map(({ sibling, side, above }, level) => {
        const x = side === 'left' ? MIDDLE - ASIDE : MIDDLE + ASIDE
        return (
          <g key={`${above.from} ${above.until}`}>
            <path className="edge" d={`M${x} ${yOf(level)} L${MIDDLE} ${yOf(level + 1)}`} />
            <path className="edge on-path" d={`M${MIDDLE} ${yOf(level)} L${MIDDLE} ${yOf(level + 1)}`} />
            <Node x={x} y={yOf(level)} text={spanText(sibling)} isGiven />
          </g>
        )
      })}
      <Node x={MIDDLE} y={yOf(0)} text={String(index)} />
      {steps.map(({ above }, level) => (
        <Node
          key={`${above.from} ${above.until}`}
          x={MIDDLE}
          y={yOf(level + 1)}
          text={level === steps.length - 1 ? 'root' : spanText(above)}
        />
      ))}
    </svg>
  )
}

interface NodeProps {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly isGiven?: boolean
}

/** Filled: computed here. Framed: taken from the proof. */
function Node({ x, y, text, isGiven = false }: NodeProps) {
  const width = Math.max(32, text.length * 7 + 12)
  return (
    <g className={isGiven ? 'node given' : 'node'}>
      <rect x={x - width / 2} y={y - 11} width={width} height={22} rx={2} />
      <text x={x} y={y + 4} textAnchor="middle">
        {text}
      </text>
    </g>
  )
}

/** `8`, `8 to 15`: the entries of a subtree. */
export function spanText({ from, until }: Span): string {
  return until - from === 1 ? String(from) : `${from} to ${until - 1}`
}
