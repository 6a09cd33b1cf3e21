import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'

import { type Change, COLUMN_NAMES, hiddenColumns, hiddenText, type PortsSearch } from './search.ts'

interface Props {
  readonly search: PortsSearch
  readonly change: Change
}

/** Which columns the grid shows; the address says it, so a link shows the same to whoever opens it. */
export function ColumnChooser({ search, change }: Props) {
  const hidden = hiddenColumns(search)
  const shown = COLUMN_NAMES.filter((name) => !hidden.has(name))
  const choose = (names: 'all' | ReadonlySet<unknown>) => {
    const gone = new Set(COLUMN_NAMES.filter((name) => names !== 'all' && !names.has(name)))
    change({ hide: hiddenText(gone) || undefined })
  }
  return (
    <MenuTrigger>
      <Button className={hidden.size === 0 ? 'button' : 'button chosen'}>
        {hidden.size === 0 ? 'Columns' : `Columns: ${shown.length + 1} of ${COLUMN_NAMES.length + 1}`}{' '}
        <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover" placement="bottom start">
        <Menu
          className="menu"
          aria-label="Columns"
          selectionMode="multiple"
          selectedKeys={shown}
          onSelectionChange={choose}
        >
          {COLUMN_NAMES.map((name) => (
            <MenuItem key={name} id={name}>
              {name}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
