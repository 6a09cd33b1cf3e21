import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { RouterProvider as LinkProvider } from 'react-aria-components'
import { createRoot } from 'react-dom/client'

import './api/jitless.ts'
import { queryClient } from './api/queries.ts'
import { router } from './routes.tsx'
import { applyTheme, storedTheme } from './shell/theme.ts'
import './style/tokens.css'
import './style/base.css'
import './style/shell.css'
import './style/table.css'
import './style/form.css'
import './style/page.css'
import './style/evidence.css'
import './style/media.css'

applyTheme(storedTheme())

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <LinkProvider navigate={(href) => router.history.push(href)}>
        <RouterProvider router={router} />
      </LinkProvider>
    </QueryClientProvider>
  </StrictMode>,
)
