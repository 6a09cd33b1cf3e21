import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  Autocomplete,
  Button,
  Input,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  SearchField,
  useFilter,
} from 'react-aria-components'

import { keeping } from '../../api/queries.ts'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { facetQuery, facetWord } from './facets.ts'
import type { Change, Facet, PortsSearch } from './search.ts'
import { count } from '../../format/number.ts'

const ANY = ' any'
const MOST = 200
/** Values that are read at a glance; more can be searched. */
const SHORT = 8

interface Props {
  readonly by: Facet
  readonly text: string
  readonly search: PortsSearch
  readonly change: Change
}

/** One filter: its values under the other filters, each with how many ports it would leave. */
export function FacetFilter({ by, text, search, change }: Props) {
  const [isOpen, setOpen] = useState(false)
  const chosen = search[by]
  return (
    <MenuTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button className={chosen === undefined ? 'button' : 'button chosen'}>
        {chosen === undefined ? text : `${text}: ${facetWord(by, chosen)}`} <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover" placement="bottom start">
        <Values
          by={by}
          text={text}
          search={search}
          choose={(value) => {
            change({ [by]: value })
            setOpen(false)
          }}
        />
      </Popover>
    </MenuTrigger>
  )
}

interface ValuesProps extends Omit<Props, 'change'> {
  readonly choose: (value: string | undefined) => void
}

function Values({ by, text, search, choose }: ValuesProps) {
  const { contains } = useFilter({ sensitivity: 'base' })
  const { data, error } = useQuery(keeping('portFacets', facetQuery(by, search, MOST)))
  const values = (data?.values ?? []).filter((one) => one.value !== null)
  if (error !== null) return <ProblemNotice error={error} />
  const menu = (
    <Menu
      className="menu"
      aria-label={text}
      selectionMode="single"
      selectedKeys={[search[by] ?? ANY]}
      onAction={(key) => choose(key === ANY ? undefined : String(key))}
    >
      <MenuItem id={ANY} textValue="any">
        any
      </MenuItem>
      {values.map(({ value, count: ports }) => (
        <MenuItem key={value} id={value!} textValue={facetWord(by, value!)}>
          <span>{facetWord(by, value!)}</span>
          <span className="number soft">{count(ports)}</span>
        </MenuItem>
      ))}
    </Menu>
  )
  // Within an Autocomplete a menu leaves focus to the field: without a field no key would reach it.
  if (values.length <= SHORT) return menu
  return (
    <Autocomplete filter={contains}>
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- whoever opened it wants to type */}
      <SearchField aria-label={`Find in ${text}`} autoFocus className="palette-field">
        <Input placeholder={`Find in ${text.toLowerCase()}`} />
      </SearchField>
      {menu}
    </Autocomplete>
  )
}
