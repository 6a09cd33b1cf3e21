import { useMutation } from '@tanstack/react-query'

import type { EvidencePack } from '../../../../src/api/views.ts'
import type { Population } from '../../../../src/model/population.ts'
import { call } from '../../api/client.ts'
import { useKept } from '../../ui/use-kept.ts'
import { TextInput } from '../declare/fields.tsx'
import { SAMPLE_DRAFT, SampleDraft, sampleInput, type SampleWish } from './asking.ts'
import { EvidenceForm } from './evidence-form.tsx'
import { MomentFields } from './moment-fields.tsx'

const POPULATION_WORDS = {
  openings: 'ports that were seen to open',
  changes: 'documents that were declared, amended or closed',
  decisions: 'decisions of reviewers; none before a book is governed',
  expiries: 'grants whose end lies in the period',
  emergencies: 'grants by break-glass',
  places: 'places in scope, whatever the period',
} satisfies Record<Population, string>

/** A sample for an auditor, who names the seed. */
export function SampleForm() {
  const kept = useKept('evidence-sample', SampleDraft, SAMPLE_DRAFT)
  const draft = kept.value
  const change = (part: Partial<SampleDraft>) => kept.write({ ...draft, ...part })
  const making = useMutation({ mutationFn: freezeAndDraw })
  const isFrozen = draft.frozen.trim() !== ''
  return (
    <EvidenceForm
      kept={kept}
      change={change}
      asking={sampleInput(draft)}
      making={making}
      action={isFrozen ? 'Draw' : 'Freeze and draw'}
      working={isFrozen ? 'Drawing…' : 'Counting the population, freezing it, drawing…'}
      note={
        isFrozen
          ? 'Whoever may read may draw; nothing is written.'
          : 'The population’s digest is written to the log as an entry before anything is drawn. That entry stays.'
      }
      fileName={isFrozen ? `sample-of-entry-${draft.frozen.trim()}` : `sample-${draft.population}`}
    >
      <TextInput
        label="Frozen by entry"
        help="The entry that froze the population, where that was done before the seed was named. Left empty, it is frozen now."
        value={draft.frozen}
        onChange={(text) => change({ frozen: String(text) })}
        fault={undefined}
      />
      {!isFrozen && (
        <>
          <PopulationField value={draft.population} onChange={(population) => change({ population })} />
          <MomentFields moment={draft} change={change} now="all there are" isPeriodOnly />
        </>
      )}
      <TextInput
        label="Seed"
        help="The auditor names it: dice, a newspaper, anything that nobody here could choose or foresee."
        value={draft.seed}
        onChange={(text) => change({ seed: String(text) })}
        fault={undefined}
      />
      <TextInput
        label="Size"
        help="How many items are drawn, 1 to 1,000; all of them where there are fewer."
        value={draft.size}
        onChange={(text) => change({ size: String(text) })}
        fault={undefined}
      />
    </EvidenceForm>
  )
}

async function freezeAndDraw({ freeze, draw }: SampleWish): Promise<EvidencePack> {
  const frozen = draw.frozen ?? (freeze === null ? 0 : (await call('freezePopulation', freeze)).index)
  return call('drawSample', { ...draw, frozen })
}

interface PopulationProps {
  readonly value: Population
  readonly onChange: (population: Population) => void
}

function PopulationField({ value, onChange }: PopulationProps) {
  return (
    <div className="field">
      <label>
        <span className="label">Population</span>
        <select value={value} onChange={(event) => onChange(event.target.value as Population)}>
          {Object.keys(POPULATION_WORDS).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <span className="help">{POPULATION_WORDS[value]}</span>
    </div>
  )
}
