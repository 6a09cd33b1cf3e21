import type { UseMutationResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Button, Form } from 'react-aria-components'

import type { EvidencePack } from '../../../../src/api/views.ts'
import { Delayed } from '../../ui/delayed.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import type { Kept } from '../../ui/use-kept.ts'
import { TextInput } from '../declare/fields.tsx'
import type { Asking } from './asking.ts'
import { DiscloseField } from './disclose-field.tsx'
import { Made } from './made.tsx'

/** What every question for evidence has. */
interface Shared {
  readonly question: string
  readonly disclose: boolean
}

interface Props<Input> {
  readonly kept: Pick<Kept<Shared>, 'value' | 'isKept' | 'discard'>
  readonly change: (part: Partial<Shared>) => void
  readonly asking: Asking<Input>
  readonly making: UseMutationResult<EvidencePack, Error, Input>
  readonly action: string
  readonly working: string
  readonly note?: string
  readonly fileName: string
  readonly children: ReactNode
}

/** The question on the left, the evidence on the right. */
export function EvidenceForm<Input>(props: Props<Input>) {
  const { kept, change, asking, making, action, working, note, fileName, children } = props
  return (
    <div className="editor">
      <div>
        <output className="soft draft-line">
          {kept.isKept && (
            <>
              This draft is kept in this browser.{' '}
              <Button className="link" onPress={kept.discard}>
                Discard the draft
              </Button>
            </>
          )}
        </output>
        <Form
          className="form"
          aria-label="Question"
          onSubmit={(event) => {
            event.preventDefault()
            if (asking.input !== null) making.mutate(asking.input)
          }}
        >
          {children}
          <TextInput
            label="Question"
            help="Kept in the pack in the words of whoever asks. Left empty, it says what is asked in plain words."
            value={kept.value.question}
            onChange={(text) => change({ question: String(text) })}
            fault={undefined}
            rows={2}
          />
          <DiscloseField value={kept.value.disclose} onChange={(disclose) => change({ disclose })} />
          {note !== undefined && <p className="soft">{note}</p>}
          <div className="actions">
            <Button
              className="button primary"
              type="submit"
              isDisabled={asking.input === null}
              isPending={making.isPending}
            >
              {action}
            </Button>
            {asking.missing !== null && <span className="soft">{asking.missing}</span>}
          </div>
        </Form>
      </div>
      <div className="beside" aria-live="polite">
        {making.isPending && (
          <Delayed>
            <output className="soft">{working}</output>
          </Delayed>
        )}
        {making.error !== null && <ProblemNotice error={making.error} />}
        {making.data !== undefined && <Made pack={making.data} fileName={fileName} />}
        {making.isIdle && (
          <Empty title="Nothing is made yet.">
            <p>The answer and the pack appear here. A pack is kept nowhere but where you put it.</p>
          </Empty>
        )}
      </div>
    </div>
  )
}
