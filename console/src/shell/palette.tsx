import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import {
  Autocomplete,
  Button,
  Dialog,
  DialogTrigger,
  Header,
  Input,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  SearchField,
} from 'react-aria-components'

import type { PortView } from '../../../src/api/views.ts'
import { keeping } from '../api/queries.ts'
import { addressText } from '../format/port-text.ts'
import { useSettled } from '../ui/use-settled.ts'
import { useMoment } from './as-of.tsx'
import { PAGES } from './navigation.tsx'

/** Reaches every port and page by typing: Ctrl or ⌘ and K. */
export function Palette() {
  const [isOpen, setOpen] = useState(false)
  useShortcut(() => setOpen((open) => !open))
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button className="button find" aria-keyshortcuts="Control+K Meta+K">
        Find a port or page <kbd>Ctrl K</kbd>
      </Button>
      <ModalOverlay className="veil top-third" isDismissable>
        <Modal className="modal palette">
          <Dialog aria-label="Find a port or page">
            <Search onDone={() => setOpen(false)} />
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  )
}

function Search({ onDone }: { readonly onDone: () => void }) {
  const [text, setText] = useState('')
  const router = useRouter()
  const wanted = text.trim()
  const asked = useSettled(wanted, 80)
  const { data } = useQuery({
    ...keeping('listPorts', { q: asked, limit: 8, ...useMoment() }),
    enabled: asked !== '',
  })
  const pages = PAGES.filter((page) => page.text.toLowerCase().includes(wanted.toLowerCase()))
  const ports = wanted === '' ? [] : (data?.ports ?? [])
  const first = wanted === '' ? undefined : (firstPort(ports) ?? pages[0]?.to)
  const go = (key: string) => {
    onDone()
    if (key.startsWith('port ')) void router.navigate({ to: '/ports/$', params: { _splat: key.slice(5) } })
    else if (key === 'all') void router.navigate({ to: '/ports', search: { q: wanted } })
    else void router.navigate({ to: PAGES.find((page) => page.to === key)!.to })
  }
  return (
    // The list changes under what is typed: a first item that were focused at a key's stroke could be gone when that is
    // announced half a second later. So none is, until somebody moves to one, and Enter takes the first that stands.
    <Autocomplete inputValue={text} onInputChange={setText} disableAutoFocusFirst>
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- whoever opened it wants to type */}
      <SearchField aria-label="Find a port or page" autoFocus className="palette-field">
        <Input
          placeholder="Address, service, process, record, owner…"
          onKeyDown={(event) => {
            const isOnItem = event.currentTarget.getAttribute('aria-activedescendant') !== null
            if (event.key !== 'Enter' || isOnItem || event.nativeEvent.isComposing || first === undefined)
              return
            event.preventDefault()
            go(first)
          }}
        />
      </SearchField>
      <Menu
        className="menu"
        onAction={(key) => go(String(key))}
        renderEmptyState={() => <p className="menu-note">Nothing in the book matches.</p>}
      >
        {ports.length > 0 && (
          <MenuSection>
            <Header>Ports</Header>
            {ports.map((port) => (
              <PortItem key={port.id} port={port} />
            ))}
          </MenuSection>
        )}
        {wanted !== '' && ports.length > 0 && (
          <MenuItem id="all" textValue="All that match">
            All ports that match “{wanted}”
          </MenuItem>
        )}
        {pages.length > 0 && (
          <MenuSection>
            <Header>Pages</Header>
            {pages.map((page) => (
              <MenuItem key={page.to} id={page.to}>
                {page.text}
              </MenuItem>
            ))}
          </MenuSection>
        )}
      </Menu>
    </Autocomplete>
  )
}

function firstPort([port]: readonly PortView[]): string | undefined {
  return port === undefined ? undefined : `port ${port.id}`
}

function PortItem({ port }: { readonly port: PortView }) {
  const about = [port.record ?? 'undeclared', port.service?.name, port.process?.name, port.place]
  return (
    <MenuItem id={`port ${port.id}`} textValue={port.id}>
      <span className="code">{addressText(port)}</span>{' '}
      <span className="soft">{about.filter((word) => word !== undefined && word !== null).join(' · ')}</span>
    </MenuItem>
  )
}

function useShortcut(task: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return
      event.preventDefault()
      task()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}
