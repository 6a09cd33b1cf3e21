import { z } from 'zod'

import { PORT_FILTER } from '../../../../src/api/operations.ts'

export const FACETS = ['owner', 'system', 'place', 'observed', 'documented', 'transport', 'finding'] as const
export type Facet = (typeof FACETS)[number]

export const SORTS = ['id', 'port', 'owner', 'since', 'severity'] as const
export type Sort = (typeof SORTS)[number]

export const COLUMN_NAMES = [
  'Observed',
  'Documented',
  'Findings',
  'Service',
  'Process',
  'Record',
  'Owner',
  'System',
  'Place',
  'Since',
] as const
export type ColumnName = (typeof COLUMN_NAMES)[number]

/** Names between commas, in the order of the columns: one choice has one address. */
const Hidden = z
  .string()
  .transform((text) => hiddenText(new Set(text.split(',').filter(isColumn))))
  .refine((text) => text !== '')

const MEMBERS = {
  ...PORT_FILTER,
  sort: z.enum(SORTS).optional(),
  order: z.enum(['asc', 'desc']).optional(),
  group: z.enum(FACETS).optional(),
  hide: Hidden.optional(),
}

export type PortsSearch = Partial<z.infer<z.ZodObject<typeof MEMBERS>>> & {
  /** The moment that the whole console is turned to. */
  readonly at?: string | undefined
}

/** Changes members of the address; undefined takes one away. */
export type Change = (change: { [K in keyof PortsSearch]?: PortsSearch[K] | undefined }) => void

/** What the address says; a member that is wrong is left out, so that an old or mistyped link still opens. */
export function portsSearch(raw: Record<string, unknown>): PortsSearch {
  return Object.fromEntries(
    Object.entries(MEMBERS).flatMap(([key, schema]) => {
      const value = raw[key]
      if (value === undefined || value === '') return []
      const parsed = schema.safeParse(value)
      return parsed.success && parsed.data !== undefined ? [[key, parsed.data]] : []
    }),
  )
}

/** What is asked of the server: everything but how the page groups and which columns it shows. */
export function filterOf(search: PortsSearch): Omit<PortsSearch, 'group' | 'hide'> {
  const { group: _, hide: __, ...filter } = search
  return filter
}

export function hiddenColumns({ hide = '' }: PortsSearch): ReadonlySet<ColumnName> {
  return new Set(hide.split(',').filter(isColumn))
}

/** Empty where no column is hidden. */
export function hiddenText(hidden: ReadonlySet<ColumnName>): string {
  return COLUMN_NAMES.filter((name) => hidden.has(name)).join(',')
}

function isColumn(name: string): name is ColumnName {
  return (COLUMN_NAMES as readonly string[]).includes(name)
}

/** Members that narrow what is listed; sorting and grouping do not. */
export function isFiltered(search: PortsSearch): boolean {
  return Object.keys(PORT_FILTER).some((key) => key in search)
}

/** Plain `?q=443&port=22`: quotable in a memo, where the router's own JSON notation would quote numbers. */
export const parseSearch = (text: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(text))

export function stringifySearch(search: Record<string, unknown>): string {
  const text = new URLSearchParams(
    Object.entries(search)
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([key, value]) => [key, String(value)]),
  ).toString()
  return text === '' ? '' : `?${text}`
}
