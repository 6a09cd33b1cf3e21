import type { Facet } from '../ports/search.ts'
import { DATA_CATEGORIES, ENVIRONMENTS, SAFEGUARDS } from '../../../../src/model/vocabulary.ts'
import { Bindings } from './bindings.tsx'
import type { Draft } from './draft.ts'
import { ChoiceField, KnownField, ListField, ManyField, TextInput, type FieldProps } from './fields.tsx'
import { memberOf, withMember } from './spec-path.ts'
import type { FieldFault } from './use-preview.ts'

export type FormDraft = Extract<Draft, { by: 'form' }>

interface Props {
  readonly draft: FormDraft
  readonly write: (draft: Draft) => void
  readonly faults: readonly FieldFault[]
  /** A record keeps its name: another name is another record. */
  readonly isNameFixed: boolean
}

export function Form({ draft, write, faults, isNameFixed }: Props) {
  const field = (path: string) => ({
    value: memberOf(draft.spec, path.split('.')),
    onChange: (value: unknown) => write({ ...draft, spec: withMember(draft.spec, path.split('.'), value) }),
    fault: faultOf(faults, `spec.${path}`),
  })
  const known = (path: string, by: Facet) => ({ ...field(path), by })
  return (
    <form className="form" onSubmit={(event) => event.preventDefault()}>
      <fieldset>
        <legend>What it is</legend>
        <TextInput
          label="Name of the record"
          help={isNameFixed ? 'A record keeps its name.' : 'Unique in the book: billing-db.'}
          value={draft.name}
          onChange={(name) => write({ ...draft, name: String(name) })}
          fault={faultOf(faults, 'metadata.name')}
          isReadOnly={isNameFixed}
        />
        <TextInput label="Service" help="IANA service name: postgresql, https, ssh." {...field('service')} />
        <KnownField
          label="System"
          help="The product or application that it belongs to; the port inherits its owner, data and contracts."
          {...known('system', 'system')}
        />
        <KnownField
          label="Owner"
          help="Who answers for it: team/billing. Leave it empty to inherit the system’s."
          {...known('owner', 'owner')}
        />
        <ChoiceField
          label="Environment"
          help="Empty: as the system says."
          values={ENVIRONMENTS}
          {...field('environment')}
        />
      </fieldset>
      <fieldset>
        <legend>Where it listens</legend>
        <Where draft={draft} host={field('at.host')} />
        <Bindings {...field('bindings')} faults={faults} />
      </fieldset>
      <fieldset>
        <legend>Why it is open</legend>
        <TextInput
          label="Purpose"
          help="What it is for, in words that counsel understands."
          rows={2}
          {...field('purpose')}
        />
        <TextInput
          label="Why it must be open"
          help="Who uses it for what."
          rows={2}
          {...field('justification.why')}
        />
        <TextInput
          label="What stops if it is closed"
          help="In one sentence."
          rows={2}
          {...field('justification.ifClosed')}
        />
        <TextInput
          label="Review by"
          help="The day by which somebody looks at it again: 2027-05-01."
          {...field('reviewBy')}
        />
      </fieldset>
      <fieldset>
        <legend>Who and what is behind it</legend>
        <ListField
          label="Audience"
          help="Zones that may reach it, separated by commas; nobody else."
          {...field('audience')}
        />
        <ManyField
          label="Data"
          help="What can be obtained or altered through it. None chosen: as the system says."
          values={DATA_CATEGORIES}
          {...field('data')}
        />
        <ManyField
          label="Safeguards"
          help="Controls that protect it."
          values={SAFEGUARDS}
          {...field('safeguards')}
        />
      </fieldset>
    </form>
  )
}

interface WhereProps {
  readonly draft: FormDraft
  readonly host: Omit<FieldProps, 'label' | 'help'>
}

/** The form asks for a host; places of other kinds stay as they were written. */
function Where({ draft, host }: WhereProps) {
  const at = draft.spec['at']
  const isOther = typeof at === 'object' && at !== null && Object.keys(at).some((key) => key !== 'host')
  if (isOther)
    return (
      <p className="soft">
        It lives in <code>{JSON.stringify(at)}</code>; write the YAML by hand to change that.
      </p>
    )
  return <TextInput label="Host" help="The machine’s name, as sightings show it." {...host} />
}

function faultOf(faults: readonly FieldFault[], field: string): string | undefined {
  const found = faults.find((fault) => fault.field === field || fault.field.startsWith(`${field}.`))
  return found?.message
}
