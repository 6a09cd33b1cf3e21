import type { Severity } from '../../../src/model/finding.ts'
import type { Approval, Documented, Enforcement, Observed } from '../../../src/model/port.ts'

interface Look {
  readonly word: string
  readonly shape: Shape
  readonly tone:
    | 'ink'
    | 'soft'
    | 'accent'
    | 'warn'
    | 'critical'
    | 'high'
    | 'medium'
    | 'low'
    | 'unknown'
    | 'verified'
}

type Shape = 'disc' | 'ring' | 'square' | 'frame' | 'half' | 'triangle' | 'diamond' | 'hatched' | 'dash'

const OBSERVED_LOOKS = {
  open: { word: 'open', shape: 'disc', tone: 'ink' },
  closed: { word: 'closed', shape: 'ring', tone: 'soft' },
  unknown: { word: 'unknown', shape: 'hatched', tone: 'unknown' },
} satisfies Record<Observed, Look>

const DOCUMENTED_LOOKS = {
  none: { word: 'undeclared', shape: 'triangle', tone: 'high' },
  draft: { word: 'draft', shape: 'half', tone: 'medium' },
  documented: { word: 'documented', shape: 'square', tone: 'ink' },
} satisfies Record<Documented, Look>

const APPROVAL_LOOKS = {
  none: { word: 'no decision', shape: 'dash', tone: 'soft' },
  pending: { word: 'pending', shape: 'half', tone: 'medium' },
  'in-force': { word: 'in force', shape: 'square', tone: 'accent' },
  expired: { word: 'expired', shape: 'triangle', tone: 'high' },
  revoked: { word: 'revoked', shape: 'triangle', tone: 'high' },
  void: { word: 'void', shape: 'triangle', tone: 'high' },
} satisfies Record<Approval, Look>

const ENFORCEMENT_LOOKS = {
  none: { word: 'nothing enforced', shape: 'dash', tone: 'soft' },
  declared: { word: 'declared only', shape: 'frame', tone: 'medium' },
  applied: { word: 'applied, not verified', shape: 'half', tone: 'medium' },
  verified: { word: 'verified', shape: 'square', tone: 'verified' },
  drifted: { word: 'drifted', shape: 'triangle', tone: 'high' },
  inert: { word: 'inert', shape: 'frame', tone: 'high' },
} satisfies Record<Enforcement, Look>

const SEVERITY_LOOKS = {
  info: { word: 'info', shape: 'dash', tone: 'low' },
  low: { word: 'low', shape: 'ring', tone: 'low' },
  medium: { word: 'medium', shape: 'half', tone: 'medium' },
  high: { word: 'high', shape: 'triangle', tone: 'high' },
  critical: { word: 'critical', shape: 'diamond', tone: 'critical' },
} satisfies Record<Severity, Look>

export const ObservedMark = ({ state }: { readonly state: Observed }) => <Mark {...OBSERVED_LOOKS[state]} />
export const DocumentedMark = ({ state }: { readonly state: Documented }) => (
  <Mark {...DOCUMENTED_LOOKS[state]} />
)
export const ApprovalMark = ({ state }: { readonly state: Approval }) => <Mark {...APPROVAL_LOOKS[state]} />
export const EnforcementMark = ({ state }: { readonly state: Enforcement }) => (
  <Mark {...ENFORCEMENT_LOOKS[state]} />
)
export const SeverityMark = ({ severity }: { readonly severity: Severity }) => (
  <Mark {...SEVERITY_LOOKS[severity]} />
)

const COVERAGE_LOOKS = {
  full: { word: 'full', shape: 'square', tone: 'ink' },
  partial: { word: 'partial', shape: 'half', tone: 'medium' },
  never: { word: 'never', shape: 'hatched', tone: 'unknown' },
} satisfies Record<'full' | 'partial' | 'never', Look>

export const CoverageMark = ({ state }: { readonly state: keyof typeof COVERAGE_LOOKS }) => (
  <Mark {...COVERAGE_LOOKS[state]} />
)

/** A state is its word, its shape and its colour, never the colour alone. */
function Mark({ word, shape, tone }: Look) {
  return (
    <span className={`mark tone-${tone}`}>
      <svg viewBox="0 0 12 12" width={12} height={12} aria-hidden="true">
        {SHAPES[shape]}
      </svg>
      {word}
    </span>
  )
}

const SHAPES = {
  disc: <circle cx={6} cy={6} r={4.5} className="fill" />,
  ring: <circle cx={6} cy={6} r={4} className="line" />,
  square: <rect x={1.5} y={1.5} width={9} height={9} className="fill" />,
  frame: <rect x={2} y={2} width={8} height={8} className="line" />,
  half: (
    <>
      <circle cx={6} cy={6} r={4.25} className="line" />
      <path d="M6 1.75 A4.25 4.25 0 0 0 6 10.25 Z" className="fill" />
    </>
  ),
  triangle: <path d="M6 1 L11.5 10.5 H0.5 Z" className="fill" />,
  diamond: <path d="M6 0.5 L11.5 6 L6 11.5 L0.5 6 Z" className="fill" />,
  hatched: <path d="M2 2 H10 V10 H2 Z M2 6 L6 2 M2 10 L10 2 M6 10 L10 6" className="line" />,
  dash: <path d="M2 6 H10" className="line" />,
} satisfies Record<Shape, React.ReactNode>
