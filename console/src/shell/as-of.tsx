import { useNavigate, useRouterState, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { Button, Dialog, DialogTrigger, Input, Label, Popover, TextField } from 'react-aria-components'

import { localTime, utcTime } from '../format/time.ts'

/** The moment that the address names; null: now. */
export function useAsOf(): string | null {
  return useSearch({ strict: false, select: (search) => search.at }) ?? null
}

/** For an operation that can be asked of the past: nothing where the book is asked as it is. */
export function useMoment(): { readonly at?: string } {
  const at = useAsOf()
  return at === null ? {} : { at }
}

/** The control in the header: chooses the moment, which stands in the address from then on. */
export function AsOfControl() {
  const at = useAsOf()
  const [isOpen, setOpen] = useState(false)
  const turn = useTurn()
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button className={at === null ? 'button quiet' : 'button chosen'}>
        As of: {at === null ? 'now' : localTime(at)} <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover" placement="bottom end">
        <Dialog aria-label="As of" className="as-of">
          <Choice
            at={at}
            choose={(chosen) => {
              setOpen(false)
              turn(chosen)
            }}
          />
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

/** Nothing of the past may be taken for the present: said above every page until the reader is back. */
export function AsOfBanner() {
  const at = useAsOf()
  const turn = useTurn()
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? '' })
  if (at === null) return null
  const what = hasPast(path)
    ? 'What was written since is not shown, and nothing can be changed here.'
    : 'This page shows the book as it is now; ports and documents are shown as of that moment.'
  return (
    <aside className="past" aria-label="As of">
      <p>
        <strong>
          The book as of <time dateTime={at}>{localTime(at)}</time>
        </strong>{' '}
        ({utcTime(at)}). {what}
      </p>
      <Button className="button" onPress={() => turn(null)}>
        Back to now
      </Button>
    </aside>
  )
}

function hasPast(path: string): boolean {
  return path === '/documents' || path === '/ports' || path.startsWith('/ports/')
}

function useTurn(): (at: string | null) => void {
  const navigate = useNavigate()
  return (at) =>
    void navigate({ to: '.', search: (old) => ({ ...old, at: at ?? undefined }), resetScroll: false })
}

interface ChoiceProps {
  readonly at: string | null
  readonly choose: (at: string | null) => void
}

function Choice({ at, choose }: ChoiceProps) {
  const [text, setText] = useState(() => fieldText(at === null ? new Date() : new Date(at)))
  const time = new Date(text)
  const isTime = !Number.isNaN(time.getTime())
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isTime) choose(time.toISOString())
      }}
    >
      <TextField className="field" value={text} onChange={setText} type="datetime-local">
        <Label>Show the book as of</Label>
        <Input step={1} />
      </TextField>
      <p className="soft">{isTime ? utcTime(time.toISOString()) : 'Write a day and a time.'}</p>
      <div className="buttons">
        <Button className="button primary" type="submit" isDisabled={!isTime}>
          Show
        </Button>
        {at !== null && (
          <Button className="button" onPress={() => choose(null)}>
            Back to now
          </Button>
        )}
      </div>
    </form>
  )
}

/** Local time without a zone, as the browser's own field takes it. */
function fieldText(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19)
}
