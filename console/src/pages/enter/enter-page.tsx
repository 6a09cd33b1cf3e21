import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { call } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { sayThatSignedIn } from '../../api/session.ts'
import { SignedOut } from '../../shell/signed-out.tsx'
import { Delayed } from '../../ui/delayed.tsx'
import { Page } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'

/** Exchanges the one-time link for a session. The link stands behind the `#`, so that no server log has it. */
export function EnterPage() {
  const [link] = useState(() => decodeURIComponent(window.location.hash.slice(1)))
  const navigate = useNavigate()
  const client = useQueryClient()
  const { mutate, error } = useMutation({
    mutationFn: () => call('openSession', { link }),
    onSuccess: async () => {
      sayThatSignedIn(true)
      client.clear()
      await navigate({ to: '/', replace: true })
    },
  })
  useOnce(() => {
    if (link === '') return
    // Out of the history before anything else, whatever the answer will be.
    window.history.replaceState(null, '', window.location.pathname)
    mutate()
  })
  if (link === '') return <SignedOut title="This link is not complete" />
  if (error instanceof Problem && error.code === 'link-spent') return <Spent problem={error} />
  if (error !== null)
    return (
      <Page title="Signing in">
        <ProblemNotice error={error} onAgain={() => mutate()} />
      </Page>
    )
  return (
    <Delayed>
      <output>Signing in…</output>
    </Delayed>
  )
}

function Spent({ problem }: { readonly problem: Problem }) {
  return (
    <>
      <SignedOut title="This link was used or has ended" />
      <ProblemNotice error={problem} />
    </>
  )
}

let entered = false

/** Strict mode mounts a page twice; a link can be spent but once. */
function useOnce(task: () => void): void {
  useEffect(() => {
    if (entered) return
    entered = true
    task()
  })
}
