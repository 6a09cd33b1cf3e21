import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Button, Form, Input, Label, TextField } from 'react-aria-components'

import { ENTRY_TYPES } from '../../../../src/model/entry.ts'
import { q } from '../../api/queries.ts'
import type { LedgerSearch } from './ledger-search.ts'

/** Types that this version writes; the others come with the pages that make them, and can be named in the address. */
const WRITTEN = ['genesis', 'key', 'declaration', 'sighting', 'coverage', 'freeze', 'tombstone'] as const

interface Props {
  readonly search: LedgerSearch
  readonly change: (search: LedgerSearch) => void
}

export function EntryFilter({ search, change }: Props) {
  const { type, ...about } = search
  const others = ENTRY_TYPES.filter((name) => name === type && !WRITTEN.some((written) => written === name))
  return (
    <>
      <ul className="tabs" aria-label="Entries by type">
        <li>
          <Link to="/ledger" search={about} activeOptions={{ exact: true, includeSearch: true }}>
            every type
          </Link>
        </li>
        {[...WRITTEN, ...others].map((name) => (
          <li key={name}>
            <Link to="/ledger" search={{ ...about, type: name }}>
              {name}
            </Link>
          </li>
        ))}
      </ul>
      <About key={`${search.port ?? ''} ${search.place ?? ''}`} search={search} change={change} />
    </>
  )
}

/** By port or by place: a port is at one place already. */
function About({ search, change }: Props) {
  const [port, setPort] = useState(search.port ?? '')
  const [place, setPlace] = useState(search.place ?? '')
  const { data } = useQuery(q('portFacets', { by: 'place', limit: 200 }))
  const ask = () =>
    change({
      type: search.type,
      port: port.trim() || undefined,
      place: port.trim() === '' ? place.trim() || undefined : undefined,
    })
  return (
    <Form
      className="filters"
      aria-label="Entries"
      onSubmit={(event) => {
        event.preventDefault()
        ask()
      }}
    >
      <TextField className="field inline" value={port} onChange={setPort} maxLength={2000}>
        <Label>Port</Label>
        <Input placeholder="record, id or HOST:PORT/PROTO" />
      </TextField>
      <TextField className="field inline" value={place} onChange={setPlace} maxLength={2000}>
        <Label>Place</Label>
        <Input list="places" placeholder="its id" />
      </TextField>
      <datalist id="places">
        {data?.values.map(({ value }) => value !== null && <option key={value}>{value}</option>)}
      </datalist>
      <Button className="button" type="submit">
        Show
      </Button>
      <Button
        className="button quiet"
        isDisabled={search.port === undefined && search.place === undefined}
        onPress={() => change({ type: search.type })}
      >
        All ports and places
      </Button>
    </Form>
  )
}
