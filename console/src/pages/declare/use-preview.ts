import { keepPreviousData, useQuery } from '@tanstack/react-query'

import type { DeclareReport } from '../../../../src/api/views.ts'
import { call } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { useSettled } from '../../ui/use-settled.ts'
import { fieldAt } from './field-at.ts'

/** How the server names a text that came from no file. */
export const FILE = 'console'

export interface FieldFault {
  readonly message: string
  readonly hint: string | null
  readonly line: number | null
  /** `spec.bindings.0.port`; empty where it belongs to no field. */
  readonly field: string
}

export interface PreviewState {
  readonly state: 'asking' | 'faulty' | 'failed' | 'unchanged' | 'ready'
  readonly report: DeclareReport | undefined
  readonly error: Error | null
  readonly faults: readonly FieldFault[]
}

/** Asks the server what declaring the text would change, half a second after the last key. */
export function usePreview(text: string): PreviewState {
  const settled = useSettled(text, 400)
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ['declare', 'dryRun', settled] as const,
    queryFn: ({ signal }) =>
      call('declare', { files: [{ name: FILE, text: settled }], dryRun: true }, signal),
    placeholderData: keepPreviousData,
    gcTime: 0,
  })
  const faults = error instanceof Problem ? faultsOf(error, settled) : []
  const isCurrent = settled === text && !isPlaceholderData
  return { report: data, error, faults, state: stateOf({ data, error, isCurrent, faults }) }
}

function stateOf({
  data,
  error,
  isCurrent,
  faults,
}: Pick<PreviewState, 'error' | 'faults'> & {
  readonly data: DeclareReport | undefined
  readonly isCurrent: boolean
}): PreviewState['state'] {
  if (error !== null) return faults.length > 0 ? 'faulty' : 'failed'
  if (data === undefined || !isCurrent) return 'asking'
  return data.declared.every(({ change }) => change === 'unchanged') ? 'unchanged' : 'ready'
}

function faultsOf(problem: Problem, text: string): readonly FieldFault[] {
  return problem.faults.map(({ message, hint, position }) => ({
    message,
    hint,
    line: position?.line ?? null,
    field: position === null ? '' : fieldAt(text, position.line, position.column),
  }))
}
