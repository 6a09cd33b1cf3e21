import { utcTime } from '../../format/time.ts'
import { instantOf, type Moment } from './asking.ts'

interface Props {
  readonly moment: Moment
  readonly change: (part: Partial<Moment>) => void
  /** What is asked about where no time is named. */
  readonly now: string
  readonly isPeriodOnly?: boolean
}

export function MomentFields({ moment, change, now, isPeriodOnly = false }: Props) {
  const choices = [
    ['now', now],
    ...(isPeriodOnly ? [] : [['at', 'a moment'] as const]),
    ['period', 'a period'],
  ] as const
  return (
    <fieldset className="field moment">
      <legend className="label">When</legend>
      <div className="radios">
        {choices.map(([when, text]) => (
          <label key={when}>
            <input
              type="radio"
              name="when"
              checked={moment.when === when}
              onChange={() => change({ when })}
            />
            {text}
          </label>
        ))}
      </div>
      {moment.when === 'at' && <TimeField label="At" value={moment.at} onChange={(at) => change({ at })} />}
      {moment.when === 'period' && (
        <>
          <TimeField label="From" value={moment.from} onChange={(from) => change({ from })} />
          <TimeField
            label="Until, not included"
            value={moment.until}
            onChange={(until) => change({ until })}
          />
        </>
      )}
    </fieldset>
  )
}

interface TimeProps {
  readonly label: string
  readonly value: string
  readonly onChange: (text: string) => void
}

function TimeField({ label, value, onChange }: TimeProps) {
  const instant = instantOf(value)
  return (
    <div className="field">
      <label>
        <span className="label">{label}</span>
        <input
          type="datetime-local"
          step={1}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </label>
      <span className="help">{instant === null ? 'by the clock of this browser' : utcTime(instant)}</span>
    </div>
  )
}
