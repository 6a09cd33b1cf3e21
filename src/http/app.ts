import { Hono } from 'hono'

import { openApi } from '../api/openapi.ts'
import { answerError, nothingThere, observed } from './answers.ts'
import { addConsole } from './console.ts'
import { eventsHandler } from './events.ts'
import { knownHost, sameOrigin, securityHeaders } from './guard.ts'
import { addMetrics, addProbes, sharedStatus } from './health.ts'
import { addLedger } from './ledger.ts'
import { addOperations, API_ROOT } from './operations.ts'
import type { Door, Shared, World } from './world.ts'

/** The server behind one door. Order matters: probes come before the check of `Host`, everything else after it. */
export function httpApp(world: World, door: Door): Hono<Shared> {
  const app = new Hono<Shared>()
  app.onError(answerError(world))
  app.notFound(nothingThere)
  app.use(observed(world, door.kind), securityHeaders)
  const status = sharedStatus(world)
  addProbes(app, status)
  app.use(knownHost(door))
  addMetrics(app, world, door, status)
  addDescription(app)
  app.use(`${API_ROOT}/*`, sameOrigin(door))
  app.get(`${API_ROOT}/events`, eventsHandler(world, door))
  addOperations(app, world, door)
  app.use('/ledger/*', sameOrigin(door))
  addLedger(app, world, door)
  addConsole(app, world)
  return app
}

function addDescription(app: Hono<Shared>): void {
  let text: string | null = null
  app.get('/openapi.json', (c) => {
    c.set('route', 'openapi')
    text ??= JSON.stringify(openApi())
    return c.body(text, { headers: { 'content-type': 'application/json' } })
  })
}
