import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'

import { type Change, FACETS, type PortsSearch } from './search.ts'

interface Props {
  readonly search: PortsSearch
  readonly change: Change
}

export function GroupBy({ search, change }: Props) {
  return (
    <MenuTrigger>
      <Button className={search.group === undefined ? 'button' : 'button chosen'}>
        {search.group === undefined ? 'Count by' : `Count by: ${search.group}`}{' '}
        <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover" placement="bottom start">
        <Menu
          className="menu"
          aria-label="Count by"
          selectionMode="single"
          selectedKeys={[search.group ?? 'nothing']}
          onAction={(key) => change({ group: FACETS.find((facet) => facet === key) })}
        >
          <MenuItem id="nothing">nothing</MenuItem>
          {FACETS.map((facet) => (
            <MenuItem key={facet} id={facet}>
              {facet}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
