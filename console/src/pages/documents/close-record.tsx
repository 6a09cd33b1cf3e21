import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import {
  Button,
  Dialog,
  DialogTrigger,
  Heading,
  Label,
  Modal,
  ModalOverlay,
  Text,
  TextArea,
  TextField,
} from 'react-aria-components'

import type { DocumentKind } from '../../../../src/model/document.ts'
import { call } from '../../api/client.ts'
import { ProblemNotice } from '../../ui/problem-notice.tsx'

interface Props {
  readonly kind: DocumentKind
  readonly name: string
}

/** Takes a document out of the book. It cannot be undone, so it asks once, in words. */
export function CloseRecord({ kind, name }: Props) {
  return (
    <DialogTrigger>
      <Button className="button danger">Close…</Button>
      <ModalOverlay className="veil" isDismissable>
        <Modal className="modal">
          <Dialog role="alertdialog">{({ close }) => <Ask kind={kind} name={name} onDone={close} />}</Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  )
}

function Ask({ kind, name, onDone }: Props & { readonly onDone: () => void }) {
  const [reason, setReason] = useState('')
  // Made once for each question: pressing twice is the same wish.
  const [idempotencyKey] = useState(() => crypto.randomUUID())
  const client = useQueryClient()
  const navigate = useNavigate()
  const closing = useMutation({
    mutationFn: () => call('closeRecord', { kind, name, reason: reason.trim(), idempotencyKey }),
    onSuccess: async ({ index }) => {
      onDone()
      // Away from the page of what is gone before anything is asked again.
      await navigate({ to: '/ledger/$index', params: { index: String(index) } })
      await client.invalidateQueries()
    },
  })
  return (
    <>
      <Heading slot="title">
        Close {kind} {name}?
      </Heading>
      <p>
        It leaves the book now. A tombstone with your reason stays on the ledger.
        {kind === 'Port' && ' If something still listens there, it is reported as undeclared.'}
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- whoever opened it wants to type */}
      <TextField value={reason} onChange={setReason} isRequired autoFocus className="field">
        <Label>Reason</Label>
        <TextArea rows={3} maxLength={2000} />
        <Text slot="description">Read by whoever asks later why it was closed.</Text>
      </TextField>
      {closing.error !== null && <ProblemNotice error={closing.error} />}
      <div className="actions end">
        <Button className="button" onPress={onDone}>
          Keep it
        </Button>
        <Button
          className="button danger"
          isDisabled={reason.trim() === ''}
          isPending={closing.isPending}
          onPress={() => closing.mutate()}
        >
          Close {name}
        </Button>
      </div>
      {reason.trim() === '' && <p className="soft">Closing needs a reason.</p>}
    </>
  )
}
