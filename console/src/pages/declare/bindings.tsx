import { Button } from 'react-aria-components'

import { TRANSPORTS } from '../../../../src/model/port.ts'
import { ChoiceField, TextInput } from './fields.tsx'
import type { FieldFault } from './use-preview.ts'

type Binding = Readonly<Record<string, unknown>>

interface Props {
  readonly value: unknown
  readonly onChange: (value: readonly Binding[]) => void
  readonly faults: readonly FieldFault[]
}

/** (transport, port or range, address): everything that the record covers. */
export function Bindings({ value, onChange, faults }: Props) {
  const bindings = Array.isArray(value) ? (value as readonly Binding[]) : []
  const set = (index: number, key: string, member: unknown) =>
    onChange(bindings.map((one, at) => (at === index ? { ...one, [key]: member } : one)))
  const faultOf = (index: number, key: string) =>
    faults.find(({ field }) => field === `spec.bindings.${index}.${key}`)?.message
  return (
    <>
      {bindings.map((binding, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a binding is its place in the list
        <fieldset className="binding" aria-label={`Binding ${index + 1}`} key={index}>
          <ChoiceField
            label="Transport"
            help=""
            values={TRANSPORTS}
            value={binding['transport']}
            onChange={(one) => set(index, 'transport', one)}
            fault={faultOf(index, 'transport')}
          />
          <TextInput
            label="Port or range"
            help="5432 or 8000-8100"
            value={binding['port']}
            onChange={(one) => set(index, 'port', portOrRange(String(one)))}
            fault={faultOf(index, 'port')}
          />
          <TextInput
            label="Address"
            help="10.0.3.7; * is every address"
            value={binding['address']}
            onChange={(one) => set(index, 'address', one)}
            fault={faultOf(index, 'address')}
          />
          <Button
            className="button"
            aria-label={`Take binding ${index + 1} away`}
            onPress={() => onChange(bindings.filter((_, at) => at !== index))}
          >
            ×
          </Button>
        </fieldset>
      ))}
      <Button
        className="button"
        onPress={() => onChange([...bindings, { transport: 'tcp', port: '', address: '' }])}
      >
        Another binding
      </Button>
    </>
  )
}

/** YAML has numbers for numbers; anything else stays as typed and the server says what is wrong with it. */
function portOrRange(text: string): string | number {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : text
}
