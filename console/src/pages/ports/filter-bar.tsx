import { useEffect, useRef, useState } from 'react'
import { Button, Input, Label, SearchField, TextField } from 'react-aria-components'

import { ColumnChooser } from './column-chooser.tsx'
import { FacetFilter } from './facet-filter.tsx'
import { GroupBy } from './group-by.tsx'
import { type Change, isFiltered, type Facet, type PortsSearch } from './search.ts'

const FILTERS: readonly { readonly by: Facet; readonly text: string }[] = [
  { by: 'observed', text: 'Observed' },
  { by: 'documented', text: 'Documented' },
  { by: 'finding', text: 'Finding' },
  { by: 'place', text: 'Place' },
  { by: 'owner', text: 'Owner' },
  { by: 'system', text: 'System' },
  { by: 'transport', text: 'Transport' },
]

interface Props {
  readonly search: PortsSearch
  readonly change: Change
}

export function FilterBar({ search, change }: Props) {
  return (
    <search className="filters" aria-label="Ports">
      <TextFilter search={search} change={change} />
      <PortFilter search={search} change={change} />
      {FILTERS.map(({ by, text }) => (
        <FacetFilter key={by} by={by} text={text} search={search} change={change} />
      ))}
      {search.record !== undefined && (
        <Button className="button chosen" onPress={() => change({ record: undefined })}>
          Record: {search.record} ×
        </Button>
      )}
      <GroupBy search={search} change={change} />
      <ColumnChooser search={search} change={change} />
      <Button className="button quiet" isDisabled={!isFiltered(search)} onPress={() => change(NOTHING)}>
        Clear filters
      </Button>
    </search>
  )
}

const NOTHING = {
  q: undefined,
  port: undefined,
  owner: undefined,
  system: undefined,
  place: undefined,
  observed: undefined,
  documented: undefined,
  transport: undefined,
  finding: undefined,
  record: undefined,
}

function TextFilter({ search, change }: Props) {
  const [text, setText] = useTyped(search.q ?? '', (q) => change({ q: q === '' ? undefined : q }))
  return (
    <SearchField className="field inline grow" value={text} onChange={setText} maxLength={200}>
      <Label>Search</Label>
      <Input placeholder="id, record, service, process, owner, purpose" />
    </SearchField>
  )
}

function PortFilter({ search, change }: Props) {
  const [text, setText] = useTyped(search.port?.toString() ?? '', (port) =>
    change({ port: /^\d{1,5}$/.test(port) && Number(port) <= 65535 ? Number(port) : undefined }),
  )
  return (
    <TextField className="field inline short" value={text} onChange={setText} inputMode="numeric">
      <Label>Port</Label>
      <Input maxLength={5} />
    </TextField>
  )
}

/** What is typed shows at once and is asked after 40 ms; what comes from outside (back, a link) replaces it. */
function useTyped(value: string, say: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const said = useRef(value)
  useEffect(() => {
    if (value !== said.current) setText(value)
    said.current = value
  }, [value])
  const type = (typed: string) => {
    setText(typed)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      said.current = typed.trim()
      say(typed.trim())
    }, 40)
  }
  return [text, type]
}
