import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  Button,
  Header as Heading,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components'

import { call } from '../api/client.ts'
import { q } from '../api/queries.ts'
import { sayThatSignedIn } from '../api/session.ts'
import { localTime } from '../format/time.ts'
import { chooseTheme, storedTheme, THEMES, type Theme } from './theme.ts'

const THEME_WORDS = { system: 'As the system', light: 'Light', dark: 'Dark' } satisfies Record<Theme, string>

export function SessionMenu() {
  const session = useQuery(q('showSession', {}))
  const leave = useMutation({
    mutationFn: () => call('closeSession', {}),
    onSuccess: () => sayThatSignedIn(false),
  })
  const [theme, setTheme] = useState(storedTheme)
  const choose = (chosen: Theme) => {
    chooseTheme(chosen)
    setTheme(chosen)
  }
  return (
    <MenuTrigger>
      <Button className="button quiet session">{session.data?.name ?? 'Session'}</Button>
      <Popover className="popover" placement="bottom end">
        {session.data && (
          <p className="menu-note">
            {session.data.roles.join(', ')}
            <br />
            until {localTime(session.data.until)}
          </p>
        )}
        <Menu className="menu">
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[theme]}
            onSelectionChange={(keys) => choose(THEMES.find((name) => keys !== 'all' && keys.has(name))!)}
          >
            <Heading>Appearance</Heading>
            {THEMES.map((name) => (
              <MenuItem key={name} id={name}>
                {THEME_WORDS[name]}
              </MenuItem>
            ))}
          </MenuSection>
          <Separator />
          <MenuItem id="leave" onAction={() => leave.mutate()}>
            Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
