import { Outlet, useMatchRoute, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

import { useLive } from '../api/live.ts'
import { useSignedIn } from '../api/session.ts'
import { AsOfBanner } from './as-of.tsx'
import { Header } from './header.tsx'
import { Navigation } from './navigation.tsx'
import { SignedOut } from './signed-out.tsx'

/** The frame of every page; without a session there is nothing to frame. */
export function Shell() {
  const isEntering = useMatchRoute()({ to: '/enter' }) !== false
  const isSignedIn = useSignedIn()
  const isInside = isSignedIn && !isEntering
  const live = useLive(isInside)
  const main = useFocusOnNewPage()
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Header live={live} isInside={isInside} />
      {isInside && <AsOfBanner />}
      <div className={isInside ? 'frame' : 'frame alone'}>
        {isInside && <Navigation />}
        <main id="main" tabIndex={-1} ref={main}>
          {isInside || isEntering ? <Outlet /> : <SignedOut />}
        </main>
      </div>
    </>
  )
}

/** A new page is announced by moving focus to it; the first page of a visit leaves focus where it is. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const last = useRef(path)
  useEffect(() => {
    if (last.current !== undefined && path !== last.current) main.current?.focus({ preventScroll: true })
    last.current = path
  }, [path])
  return main
}
