import { z } from 'zod'

import { KeyDraft } from './keys.ts'
import type { Operation } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { PROBLEM_STATUS, PROBLEM_TITLE, Problem, problemType } from './problem.ts'
import * as privacy from './privacy.ts'
import * as views from './views.ts'

type Json = Record<string, unknown>

const COMPONENTS = '#/components/schemas/'

const VIEWS = { ...views, ...privacy, KeyDraft }

/** The OpenAPI 3.1 document of this version. `scripts/openapi.ts` writes it to openapi/portreeve.json. */
export function openApi(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Portreeve',
      version: 'v1',
      summary: 'The port book',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ session: [] }, { bearer: [] }],
    paths: { ...paths(), '/events': EVENTS },
    components: {
      schemas: schemas(),
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'portreeve_session',
          description: 'with TLS `__Host-portreeve_session`',
        },
        bearer: { type: 'http', scheme: 'bearer', description: 'the token of a session' },
      },
    },
  }
}

const EVENTS = {
  get: {
    operationId: 'events',
    summary: 'What is added to the ledger, as server-sent events',
    description:
      'Events `ledger` hold a LedgerEvent and have the size of the ledger as their id. An event `reset` says that events were left out: read again.',
    parameters: [
      {
        name: 'since',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 0 },
        description: 'the size that you know',
      },
      { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } },
    ],
    responses: {
      200: {
        description: 'A stream',
        content: { 'text/event-stream': { schema: { $ref: `${COMPONENTS}LedgerEvent` } } },
      },
      ...problems(['signed-out', 'forbidden']),
    },
  },
}

function paths(): Json {
  const found: Record<string, Json> = {}
  for (const [name, operation] of Object.entries<Operation>(OPERATIONS)) {
    found[operation.path] = {
      ...found[operation.path],
      [operation.method.toLowerCase()]: described(name, operation),
    }
  }
  return found
}

function described(name: string, operation: Operation): Json {
  const members = Object.entries((operation.input as z.ZodObject).shape as Record<string, z.ZodType>)
  const inPath = members.filter(([member]) => operation.path.includes(`{${member}}`))
  const rest = members.filter(([member]) => !operation.path.includes(`{${member}}`))
  const inQuery = operation.method === 'POST' ? [] : rest
  return {
    operationId: name,
    summary: operation.summary,
    ...(operation.local ? { description: 'On the socket of the data folder alone.' } : {}),
    ...(operation.capability === 'none' ? { security: [] } : {}),
    'x-capability': operation.capability,
    parameters: [
      ...inPath.map(([member, schema]) => parameter('path', member, schema)),
      ...inQuery.map(([member, schema]) => parameter('query', member, schema)),
      ...(rest.some(([member]) => member === 'idempotencyKey') ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(operation.method === 'POST' ? { requestBody: body(rest) } : {}),
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: reference(name, operation) } } },
      ...problems([
        'bad-input',
        'host-not-allowed',
        'cross-origin',
        ...guards(operation),
        ...operation.refusals,
      ]),
    },
  }
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', maxLength: 200 },
  description: 'the same as `idempotencyKey` in the body',
}

function guards(operation: Operation): readonly (keyof typeof PROBLEM_STATUS)[] {
  const bodied = operation.method === 'POST' ? (['media-type', 'body-too-large'] as const) : []
  return operation.capability === 'none' ? bodied : ['signed-out', 'forbidden', ...bodied]
}

function parameter(where: 'path' | 'query', name: string, schema: z.ZodType): Json {
  const { description, ...described } = converted(z.toJSONSchema(schema, { io: 'output', override }))
  const list = described['type'] === 'array' ? { style: 'form', explode: false } : {}
  const told = description === undefined ? {} : { description }
  return {
    name,
    in: where,
    required: !schema.safeParse(undefined).success,
    ...told,
    ...list,
    schema: described,
  }
}

function body(members: readonly (readonly [string, z.ZodType])[]): Json {
  const schema = z.toJSONSchema(z.strictObject(Object.fromEntries(members)), {
    io: 'input',
    override: shorter,
  })
  return { required: true, content: { 'application/json': { schema: converted(schema) } } }
}

/** Refusals share a status; one answer for each status names its codes. */
function problems(codes: readonly (keyof typeof PROBLEM_STATUS)[]): Json {
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEM_STATUS[code])
  const answers = [...byStatus].map(([status, some]) => [
    status,
    {
      description: some.map((code) => `${PROBLEM_TITLE[code]} (${problemType(code)})`).join('; '),
      content: { 'application/problem+json': { schema: { $ref: `${COMPONENTS}Problem` } } },
    },
  ])
  return Object.fromEntries(answers) as Json
}

function schemas(): Json {
  const { schemas } = z.toJSONSchema(registry(), { io: 'output', uri: (id) => COMPONENTS + id, override })
  // By name: the order of a module's exports differs between module loaders.
  const sorted = Object.entries(schemas).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(sorted.map(([id, schema]) => [id, converted(schema)]))
}

/** Views under their own names; an output without one under its operation's. */
function registry() {
  const named = z.registry<{ id: string }>()
  named.add(Problem, { id: 'Problem' })
  for (const [id, view] of Object.entries(VIEWS)) named.add(view, { id })
  for (const [name, { output }] of Object.entries<Operation>(OPERATIONS)) {
    if (!named.has(output)) named.add(output, { id: outputName(name) })
  }
  return named
}

function reference(name: string, operation: Operation): Json {
  const view = Object.entries<z.ZodType>(VIEWS).find(([, schema]) => schema === operation.output)
  return { $ref: COMPONENTS + (view?.[0] ?? outputName(name)) }
}

function outputName(operation: string): string {
  return `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Answer`
}

interface Converting {
  readonly jsonSchema: Json
}

/** Answers may gain members within v1, so no answer is closed. */
function override(converting: Converting): void {
  if (converting.jsonSchema['additionalProperties'] === false)
    delete converting.jsonSchema['additionalProperties']
  shorter(converting)
}

/** `format` says it; zod's pattern of a date and JavaScript's bounds of an integer only fill the page. */
function shorter({ jsonSchema }: Converting): void {
  if (jsonSchema['format'] !== undefined) delete jsonSchema['pattern']
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum']
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum']
}

/** Without the members that name a schema by itself: here it stands in a document. */
function converted(schema: object): Json {
  const { $schema: _dialect, $id: _id, ...rest } = schema as Json
  return rest
}
