import { z } from 'zod'
import { SAFEGUARDS } from '../../model/vocabulary.ts'
import { binding } from './binding.ts'
import { date, list, name, shown, text, word } from './fields.ts'
import { sharedFacts } from './shared-facts.ts'

const PLACES = ['host', 'kubernetes', 'compose', 'aws', 'gateway'] as const

const at = z
  .strictObject({
    host: word.optional().describe('Name of a host'),
    workload: word
      .optional()
      .describe(
        'With host: the container id, systemd unit or namespace label (net:NAME) whose own network namespace the port is in',
      ),
    kubernetes: z
      .strictObject({
        cluster: word.describe('Name of the cluster'),
        namespace: word.describe('Namespace'),
        workload: word.describe('Kind/name, as Deployment/web'),
      })
      .optional()
      .describe('A workload in a cluster'),
    compose: z
      .strictObject({ project: word.describe('Project'), service: word.describe('Service') })
      .optional()
      .describe('A service of a Compose project'),
    aws: z
      .strictObject({
        account: word.describe('Account, 12 digits (in quotes)'),
        region: word.describe('Region'),
        resource: word.describe('Resource, as an ARN or its last part'),
      })
      .optional()
      .describe('A resource in AWS'),
    gateway: z
      .strictObject({ name: word.describe('Gateway'), route: word.describe('Route') })
      .optional()
      .describe('A route of a gateway'),
  })
  .check(({ value, issues }) => {
    const said = PLACES.filter((place) => value[place] !== undefined)
    if (said.length !== 1) {
      const message =
        said.length === 0 ? 'no place is named' : `more than one place is named: ${said.join(', ')}`
      const hint = `name exactly one of ${PLACES.join(', ')}`
      issues.push({ code: 'custom', input: value, message, params: { hint } })
    } else if (value.workload !== undefined && value.host === undefined) {
      const hint = 'put it inside kubernetes, or name a host'
      const message = '`workload` here belongs to a host'
      issues.push({ code: 'custom', input: value, message, path: ['workload'], params: { hint } })
    }
  })

export const portSpec = z.strictObject({
  system: name.optional().describe('Name of the System document whose facts it inherits'),
  service: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._+-]{0,62}$/, {
      error: ({ input }) => `${shown(input)} is not a service name (lower-case letters, digits, -)`,
    })
    .optional()
    .describe('IANA service name'),
  at: at.describe('Where it lives: exactly one of host, kubernetes, compose, aws, gateway'),
  bindings: z
    .array(binding)
    .min(1, 'a Port has at least one binding')
    .max(256, 'more than 256')
    .describe('Transport, port or range, and address of each listener that this record covers'),
  purpose: text.describe('Business purpose, specific enough to test whether it is needed'),
  justification: z
    .strictObject({
      why: text.describe('Why it has to be open'),
      ifClosed: text.describe('What would stop if it were closed'),
    })
    .optional()
    .describe('Why it is open'),
  audience: list(name).optional().describe('Names of the zones that may reach it; nobody else'),
  safeguards: list(z.enum(SAFEGUARDS)).optional().describe('Safeguards that must be in place'),
  reviewBy: date.optional().describe('Day by which somebody looks at it again'),
  runs: z
    .strictObject({
      process: text.optional().describe('Name of the process'),
      path: text.optional().describe('Path of its executable'),
      unit: word.optional().describe('systemd unit'),
      image: word.optional().describe('Container image, by digest where it matters'),
    })
    .optional()
    .describe('What is expected to hold the socket'),
  necessary: z.boolean().optional().describe("The owner attests that the system's function needs it"),
  insecureProtocol: z
    .boolean()
    .optional()
    .describe(
      "The protocol or version is on the organisation's insecure list (telnet, ftp, SMBv1, TLS below 1.2)",
    ),
  ...sharedFacts,
})

export const systemSpec = z.strictObject({
  title: text.optional().describe('What people call it'),
  description: text.optional().describe('What it does'),
  ...sharedFacts,
})
