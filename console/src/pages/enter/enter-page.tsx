import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'

import { call } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { sayThatSignedIn } from '../../api/session.ts'
import { SignedOut } from '../../shell/signed-out.tsx'
import { Delayed } from '../../ui/delayed.tsx'
import { Page } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'

/** A link can be spent but once, and React may mount a page twice. */
const tried = new Set<string>()

/** Exchanges the one-time link for a session. The link stands behind the `#`, so that no server log has it. */
export function EnterPage() {
  const link = useLocation({ select: ({ hash }) => hash })
  const navigate = useNavigate()
  const client = useQueryClient()
  const { mutate, error, isIdle, variables } = useMutation({
    mutationFn: (link: string) => call('openSession', { link }),
    onSuccess: async () => {
      sayThatSignedIn(true)
      client.clear()
      await navigate({ to: '/', replace: true })
    },
  })
  useEffect(() => {
    if (link === '' || tried.has(link)) return
    tried.add(link)
    // Out of the history before anything else, whatever the answer will be.
    window.history.replaceState(null, '', window.location.pathname)
    mutate(link)
  }, [link, mutate])
  if (link === '' && isIdle) return <SignedOut title="This link is not complete" />
  if (error instanceof Problem && error.code === 'link-spent') return <Spent problem={error} />
  if (error !== null)
    return (
      <Page title="Signing in">
        <ProblemNotice error={error} onAgain={() => variables !== undefined && mutate(variables)} />
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
