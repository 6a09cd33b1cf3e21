import { useQuery } from '@tanstack/react-query'
import { Button, ComboBox, Input, Label, ListBox, ListBoxItem, Popover, Text } from 'react-aria-components'

import { keeping } from '../../api/queries.ts'
import { useSettled } from '../../ui/use-settled.ts'

interface Props {
  readonly value: string
  readonly onChange: (text: string) => void
}

/** A port as people name it; what the book holds of that name is offered. */
export function PortField({ value, onChange }: Props) {
  const asked = useSettled(value.trim(), 80)
  const { data } = useQuery(keeping('listPorts', { q: asked, limit: 8 }))
  const items = (data?.ports ?? []).map(({ id, record }) => ({ id, record }))
  return (
    <ComboBox
      className="field"
      allowsCustomValue
      allowsEmptyCollection
      inputValue={value}
      onInputChange={onChange}
      items={items}
      menuTrigger="input"
    >
      <Label>Port</Label>
      <div className="combo">
        <Input placeholder="Address, record, service, owner…" />
        <Button aria-label="Ports that match">▾</Button>
      </div>
      <Text slot="description" className="help">
        A record’s name, an id, or HOST:PORT/PROTO that matches one port. A closed port can be named too.
      </Text>
      <Popover className="popover">
        <ListBox<{ id: string; record: string | null }>
          className="menu"
          renderEmptyState={() => <p className="menu-note">Nothing in the book matches.</p>}
        >
          {({ id, record }) => (
            <ListBoxItem textValue={id}>
              <span className="code">{id}</span> <span className="soft">{record ?? 'undeclared'}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
