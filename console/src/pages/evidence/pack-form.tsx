import { useMutation } from '@tanstack/react-query'

import type { Input } from '../../../../src/api/operations.ts'
import { call } from '../../api/client.ts'
import { useKept } from '../../ui/use-kept.ts'
import { PackDraft, packDraft, packInput } from './asking.ts'
import { EvidenceForm } from './evidence-form.tsx'
import { MomentFields } from './moment-fields.tsx'
import { PortField } from './port-field.tsx'

/** A question about one port. */
export function PackForm({ port }: { readonly port: string }) {
  const kept = useKept(`evidence:${port}`, PackDraft, packDraft(port))
  const draft = kept.value
  const change = (part: Partial<PackDraft>) => kept.write({ ...draft, ...part })
  const making = useMutation({ mutationFn: (input: Input<'provePort'>) => call('provePort', input) })
  return (
    <EvidenceForm
      kept={kept}
      change={change}
      asking={packInput(draft)}
      making={making}
      action="Make the pack"
      working="Gathering entries and their proofs…"
      fileName={`evidence-${draft.port}`}
    >
      <PortField value={draft.port} onChange={(text) => change({ port: text })} />
      <MomentFields moment={draft} change={change} now="the present" />
    </EvidenceForm>
  )
}
