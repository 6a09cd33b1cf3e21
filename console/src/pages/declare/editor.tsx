import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Button, Label, TextArea, TextField } from 'react-aria-components'

import type { DeclareReport } from '../../../../src/api/views.ts'
import { call } from '../../api/client.ts'
import { useBar } from '../../ui/barred.tsx'
import { EntryLink } from '../../ui/links.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { useKept } from '../../ui/use-kept.ts'
import { YamlBlock } from '../../ui/yaml-block.tsx'
import { Draft } from './draft.ts'
import { Form } from './form.tsx'
import { Preview } from './preview.tsx'
import { FILE, usePreview } from './use-preview.ts'
import { portOf, portYaml } from './yaml.ts'

interface Props {
  readonly subject: string
  readonly start: Draft
  readonly isInBook?: boolean
}

/** The form on the left writes the YAML on the right; what is declared is the YAML. */
export function Editor({ subject, start, isInBook = false }: Props) {
  const { value: draft, isKept, write, discard } = useKept(subject, Draft, start)
  const text = draft.by === 'form' ? portYaml(draft) : draft.text
  const preview = usePreview(text)
  const declaring = useDeclare(discard)
  const bar = useBar('declare')
  if (declaring.data !== undefined) return <Declared report={declaring.data} onMore={declaring.reset} />
  return (
    <div className="editor">
      <div>
        <output className="soft draft-line">
          {isKept ? 'This draft is kept in this browser. ' : isInBook ? 'As it stands in the book. ' : ''}
          {isKept && (
            <Button className="link" onPress={discard}>
              Discard the draft
            </Button>
          )}
        </output>
        {draft.by === 'form' ? (
          <Form draft={draft} write={write} faults={preview.faults} isNameFixed={isInBook} />
        ) : (
          <ByHand text={draft.text} write={write} />
        )}
      </div>
      <div className="beside">
        <h2 id="yaml">{draft.by === 'form' ? 'The YAML that this writes' : 'The YAML'}</h2>
        <YamlBlock
          text={text}
          fileName={
            draft.by === 'form' && draft.name !== '' ? `${draft.name}.portreeve.yaml` : 'portreeve.yaml'
          }
          label="YAML"
          marked={new Set(preview.faults.flatMap(({ line }) => (line === null ? [] : [line])))}
        />
        {draft.by === 'form' && (
          <Button className="link" onPress={() => write({ by: 'hand', text })}>
            Write the YAML by hand
          </Button>
        )}
        <Preview of={preview} draft={draft} />
        {declaring.error !== null && <ProblemNotice error={declaring.error} />}
        <div className="actions">
          <Button
            className="button primary"
            isDisabled={preview.state !== 'ready' || bar !== null}
            isPending={declaring.isPending}
            onPress={() => declaring.mutate(text)}
          >
            Declare
          </Button>
          <span className="soft">{bar ?? WHY_NOT[preview.state]}</span>
        </div>
      </div>
    </div>
  )
}

const WHY_NOT = {
  asking: 'Checking what would change…',
  faulty: 'It can be declared once the faults above are mended.',
  failed: 'The server could not check it.',
  unchanged: 'The book already says exactly this.',
  ready: '',
} as const

function useDeclare(onDone: () => void) {
  const client = useQueryClient()
  // Made once for each text: pressing twice, or again after a lost answer, is the same wish.
  const [wish, setWish] = useState({ text: '', key: '' })
  return useMutation({
    mutationFn: (text: string) => {
      const key = wish.text === text ? wish.key : crypto.randomUUID()
      setWish({ text, key })
      return call('declare', { files: [{ name: FILE, text }], idempotencyKey: key })
    },
    onSuccess: async () => {
      onDone()
      await client.invalidateQueries()
    },
  })
}

interface ByHandProps {
  readonly text: string
  readonly write: (draft: Draft) => void
}

function ByHand({ text, write }: ByHandProps) {
  const port = portOf(text)
  return (
    <>
      <TextField className="field" value={text} onChange={(typed) => write({ by: 'hand', text: typed })}>
        <Label>YAML, one document or several</Label>
        <TextArea className="code" rows={28} spellCheck="false" />
      </TextField>
      <Button
        className="link"
        isDisabled={port === null}
        onPress={() => port && write({ by: 'form', name: port.name, spec: port.spec })}
      >
        Back to the form
      </Button>
      {port === null && <span className="soft"> The form holds one Port document and nothing else.</span>}
    </>
  )
}

function Declared({ report, onMore }: { readonly report: DeclareReport; readonly onMore: () => void }) {
  return (
    <div className="notice done" aria-live="polite">
      <p>
        <strong>
          {report.mode === 'documenting' ? 'Declared and documented.' : 'Proposed; a review decides.'}
        </strong>
      </p>
      <ul>
        {report.declared.map(({ kind, name, change, index }) => (
          <li key={`${kind} ${name}`}>
            {kind}{' '}
            {kind === 'Port' ? (
              <Link to="/ports/$" params={{ _splat: name }}>
                {name}
              </Link>
            ) : (
              <Link to="/documents/$kind/$name" params={{ kind, name }}>
                {name}
              </Link>
            )}
            : {change} {index !== null && <EntryLink index={index} />}
          </li>
        ))}
      </ul>
      <div className="actions">
        <Link to="/ports" search={{ documented: 'none' }} className="button">
          Other undeclared ports
        </Link>
        <Button className="button" onPress={onMore}>
          Declare another
        </Button>
      </div>
    </div>
  )
}
