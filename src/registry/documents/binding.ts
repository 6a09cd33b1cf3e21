import { z } from 'zod'
import { parseAddress } from '../../lib/ip.ts'
import { ANY_ADDRESS, TRANSPORTS } from '../../model/port.ts'
import type { PortRange } from '../../model/port.ts'
import { shown } from './fields.ts'

const RANGE = /^(\d{1,5})-(\d{1,5})$/
const MAX_PORT = 65_535

const mistake = { error: ({ input }: { readonly input?: unknown }) => portMistake(input) }

const port = z
  .union(
    [
      z.int(mistake).min(1, mistake).max(MAX_PORT, mistake),
      z
        .string()
        .regex(RANGE, { ...mistake, abort: true })
        .refine(isRange, mistake),
    ],
    mistake,
  )
  .describe('A port from 1 to 65535, or a range, as "8000-8100"')

const address = z
  .string()
  .max(45)
  .refine((text) => text === ANY_ADDRESS || parseAddress(text) !== null, {
    error: ({ input }) => `${shown(input)} is not an IP address`,
  })
  .describe('Address it is bound to; `*` (or nothing) any, 0.0.0.0 any IPv4, :: any IPv6')

export const binding = z.strictObject({
  transport: z.enum(TRANSPORTS).optional().describe('tcp where nothing is said'),
  port,
  address: address.optional(),
  device: z
    .string()
    .regex(/^[^\s/%]{1,15}$/, { error: ({ input }) => `${shown(input)} is not a network interface` })
    .optional()
    .describe('Network interface it is bound to'),
})

/** @param port as a document has it, checked */
export function portRange(port: number | string): PortRange {
  if (typeof port === 'number') return { first: port, last: port }
  const [, first, last] = RANGE.exec(port) ?? []
  return { first: Number(first), last: Number(last) }
}

function isRange(port: string): boolean {
  const { first, last } = portRange(port)
  return first >= 1 && first <= last && last <= MAX_PORT
}

function portMistake(input: unknown): string {
  const range = typeof input === 'number' ? { first: input, last: input } : portRange(String(input))
  if (!Number.isInteger(range.first)) return `${shown(input)} is neither a port nor a range of ports`
  if (range.first > range.last) return `the range ${shown(input)} is upside down`
  return `port ${range.first < 1 ? range.first : range.last} is outside 1 to 65535`
}
