import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  Button,
  Checkbox,
  CheckboxGroup,
  ComboBox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Text,
  TextArea,
  TextField,
} from 'react-aria-components'

import { q } from '../../api/queries.ts'
import type { Facet } from '../ports/search.ts'

export interface FieldProps {
  readonly label: string
  readonly help: string
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly fault: string | undefined
}

interface TextInputProps extends FieldProps {
  readonly rows?: number
  readonly isReadOnly?: boolean
}

export function TextInput({ label, help, value, onChange, fault, rows, isReadOnly = false }: TextInputProps) {
  const text = textOf(value)
  return (
    <TextField
      className={fieldClass(text)}
      value={text}
      onChange={onChange}
      isInvalid={fault !== undefined}
      isReadOnly={isReadOnly}
    >
      <Label>{label}</Label>
      {rows === undefined ? <Input onFocus={selectTodo} /> : <TextArea rows={rows} onFocus={selectTodo} />}
      <About help={help} fault={fault} />
    </TextField>
  )
}

/** A text whose values elsewhere in the book are offered. */
export function KnownField({ label, help, value, onChange, fault, by }: FieldProps & { readonly by: Facet }) {
  const { data } = useQuery(q('portFacets', { by, limit: 200 }))
  const known = (data?.values ?? []).flatMap((one) => (one.value === null ? [] : [{ id: one.value }]))
  const text = textOf(value)
  return (
    <ComboBox
      className={fieldClass(text)}
      allowsCustomValue
      inputValue={text}
      onInputChange={onChange}
      defaultItems={known}
      menuTrigger="focus"
      isInvalid={fault !== undefined}
    >
      <Label>{label}</Label>
      <div className="combo">
        <Input onFocus={selectTodo} />
        <Button aria-label={`Known values of ${label}`}>▾</Button>
      </div>
      <About help={help} fault={fault} />
      <Popover className="popover">
        <ListBox<{ id: string }> className="menu">
          {({ id }) => <ListBoxItem textValue={id}>{id}</ListBoxItem>}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}

/** A list written with commas; the text is the reader's until focus leaves it. */
export function ListField({ label, help, value, onChange, fault }: FieldProps) {
  const [typed, setTyped] = useState<string | null>(null)
  const change = (text: string) => {
    setTyped(text)
    onChange(listOf(text))
  }
  return (
    <TextField
      className="field"
      value={typed ?? (Array.isArray(value) ? value.join(', ') : textOf(value))}
      onChange={change}
      onBlur={() => setTyped(null)}
      isInvalid={fault !== undefined}
    >
      <Label>{label}</Label>
      <Input />
      <About help={help} fault={fault} />
    </TextField>
  )
}

interface ChoiceProps extends FieldProps {
  readonly values: readonly string[]
}

export function ChoiceField({ label, help, value, onChange, fault, values }: ChoiceProps) {
  const text = textOf(value)
  const isUnknown = text !== '' && !values.includes(text)
  return (
    <div className="field">
      <label>
        <span className="label">{label}</span>
        <select
          value={text}
          onChange={(event) => onChange(event.target.value)}
          aria-invalid={fault !== undefined}
        >
          <option value="">not said here</option>
          {isUnknown && <option>{text}</option>}
          {values.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <span className="help">{help}</span>
      {fault !== undefined && <span className="error">{fault}</span>}
    </div>
  )
}

/** Some of a fixed list; folded, because most are not chosen. */
export function ManyField({ label, help, value, onChange, fault, values }: ChoiceProps) {
  const chosen = Array.isArray(value) ? value.map(String) : []
  return (
    <details className="field many" open={fault !== undefined}>
      <summary>
        <span className="label">{label}</span> {chosen.length === 0 ? 'none chosen' : chosen.join(', ')}
      </summary>
      <CheckboxGroup value={chosen} onChange={onChange} isInvalid={fault !== undefined} aria-label={label}>
        <About help={help} fault={fault} />
        <div className="choices">
          {[...new Set([...values, ...chosen])].map((one) => (
            <Checkbox key={one} value={one} className="check">
              <span className="box" aria-hidden="true" />
              {one.replaceAll('_', ' ')}
            </Checkbox>
          ))}
        </div>
      </CheckboxGroup>
    </details>
  )
}

function About({ help, fault }: { readonly help: string; readonly fault: string | undefined }) {
  return (
    <>
      <Text slot="description" className="help">
        {help}
      </Text>
      {fault !== undefined && <FieldError className="error">{fault}</FieldError>}
    </>
  )
}

const fieldClass = (text: string) => (text.startsWith('TODO') ? 'field is-todo' : 'field')

/** What says TODO is to be written over. */
function selectTodo({ target }: { readonly target: HTMLInputElement | HTMLTextAreaElement }): void {
  if (target.value.startsWith('TODO')) target.select()
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}
