import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router'
import { z } from 'zod'

import { LedgerSearch } from './pages/ledger/ledger-search.ts'
import { parseSearch, portsSearch, stringifySearch } from './pages/ports/search.ts'
import { NoPage } from './shell/no-page.tsx'
import { Shell } from './shell/shell.tsx'
import { ProblemNotice } from './ui/problem-notice.tsx'

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NoPage,
  // The moment goes along from page to page: whoever looks at the past stays there until they go back.
  validateSearch: z.object({ at: z.iso.datetime({ offset: true }).optional().catch(undefined) }),
  search: { middlewares: [retainSearchParams(['at'])] },
})

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/overview-page.tsx'), 'OverviewPage'),
})

const portsAndPort = createRoute({ getParentRoute: () => root, path: '/ports' })

const ports = createRoute({
  getParentRoute: () => portsAndPort,
  path: '/',
  validateSearch: portsSearch,
  component: lazyRouteComponent(() => import('./pages/ports/ports-page.tsx'), 'PortsPage'),
})

const port = createRoute({
  getParentRoute: () => portsAndPort,
  // A port's id holds slashes: `db-1/net:1/10.0.3.7:5432/tcp`.
  path: '$',
  component: lazyRouteComponent(() => import('./pages/port/port-page.tsx'), 'PortPage'),
})

const coverage = createRoute({
  getParentRoute: () => root,
  path: '/coverage',
  component: lazyRouteComponent(() => import('./pages/coverage/coverage-page.tsx'), 'CoveragePage'),
})

const documents = createRoute({
  getParentRoute: () => root,
  path: '/documents',
  validateSearch: z.object({ kind: z.string().optional().catch(undefined) }),
  component: lazyRouteComponent(() => import('./pages/documents/documents-page.tsx'), 'DocumentsPage'),
})

const document = createRoute({
  getParentRoute: () => root,
  path: '/documents/$kind/$name',
  component: lazyRouteComponent(() => import('./pages/documents/document-page.tsx'), 'DocumentPage'),
})

const declare = createRoute({
  getParentRoute: () => root,
  path: '/declare',
  validateSearch: z.object({
    port: z.string().optional().catch(undefined).describe('id of a port to declare from its suggestion'),
    record: z.string().optional().catch(undefined).describe('name of a Port document to amend'),
  }),
  component: lazyRouteComponent(() => import('./pages/declare/declare-page.tsx'), 'DeclarePage'),
})

const ledger = createRoute({
  getParentRoute: () => root,
  path: '/ledger',
  validateSearch: LedgerSearch,
  component: lazyRouteComponent(() => import('./pages/ledger/ledger-page.tsx'), 'LedgerPage'),
})

const entry = createRoute({
  getParentRoute: () => root,
  path: '/ledger/$index',
  component: lazyRouteComponent(() => import('./pages/ledger/entry-page.tsx'), 'EntryPage'),
})

const evidence = createRoute({
  getParentRoute: () => root,
  path: '/evidence',
  validateSearch: z.object({
    port: z.string().optional().catch(undefined).describe('a port to prove'),
    make: z.literal('sample').optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import('./pages/evidence/evidence-page.tsx'), 'EvidencePage'),
})

const enter = createRoute({
  getParentRoute: () => root,
  path: '/enter',
  component: lazyRouteComponent(() => import('./pages/enter/enter-page.tsx'), 'EnterPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    portsAndPort.addChildren([ports, port]),
    coverage,
    documents,
    document,
    declare,
    ledger,
    entry,
    evidence,
    enter,
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: ({ error }) => (
    <ProblemNotice error={error instanceof Error ? error : new Error(String(error))} />
  ),
  scrollRestoration: true,
  // Ports are read by people: colons stay colons in the address.
  pathParamsAllowedCharacters: [':', '@'],
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
