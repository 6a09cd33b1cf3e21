import type { Hono } from 'hono'

import type { Operation } from '../api/operation.ts'
import { OPERATIONS, type Input, type OperationName } from '../api/operations.ts'
import { authorize, callerOf } from './caller.ts'
import { readInput } from './input.ts'
import { enter, leave, show } from './session.ts'
import type { Door, RequestContext, Shared, World } from './world.ts'

export const API_ROOT = '/api/v1'

export function addOperations(app: Hono<Shared>, world: World, door: Door): void {
  for (const name of Object.keys(OPERATIONS) as OperationName[]) {
    const operation: Operation = OPERATIONS[name]
    app.on(operation.method, API_ROOT + operation.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (c) => {
      c.set('route', name)
      c.set('caller', await callerOf(c, world, door))
      // Before the body is read: whoever may not ask does not get to fill our memory either.
      authorize(operation, c.get('caller'))
      return c.json((await answer(name, c, world, door)) as object)
    })
  }
}

async function answer(name: OperationName, c: RequestContext, world: World, door: Door): Promise<unknown> {
  if (name === 'openSession') return enter(c, world, door)
  if (name === 'showSession') return show(c)
  if (name === 'closeSession') return leave(c, world, door)
  return perform(name, c, world)
}

async function perform(name: OperationName, c: RequestContext, world: World): Promise<unknown> {
  const input = await readInput(c, name)
  const caller = c.get('caller')
  return world.desk.call(
    name,
    input as Input<OperationName>,
    caller.kind === 'nobody' ? undefined : caller.actor,
  )
}
