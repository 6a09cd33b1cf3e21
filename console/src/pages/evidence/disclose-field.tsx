import { useQuery } from '@tanstack/react-query'
import { Checkbox } from 'react-aria-components'

import { q } from '../../api/queries.ts'

interface Props {
  readonly value: boolean
  readonly onChange: (disclose: boolean) => void
}

/** Who may read the book may not therefore hand over what identifies a person. */
export function DiscloseField({ value, onChange }: Props) {
  const { data } = useQuery(q('showSession', {}))
  const may = data?.roles.includes('administrator') ?? false
  return (
    <div className="field">
      <Checkbox className="check" isSelected={value && may} onChange={onChange} isDisabled={!may}>
        <span className="box" aria-hidden="true" />
        Open the values that identify persons
      </Checkbox>
      <span className="help">
        {may
          ? 'Withheld otherwise: the pack then holds their commitments, and proves the same.'
          : 'Administrators alone may hand these over; the pack holds their commitments, and proves the same.'}
      </span>
    </div>
  )
}
