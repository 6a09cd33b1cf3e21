import { z } from 'zod'
import { formatCidr, parseAddress, parseCidr } from '../../lib/ip.ts'

/**
 * The kinds of value that fields share. Each says what is wrong with a value in one sentence; texts are bounded,
 * since an entry of the ledger holds 32 KiB. No default is filled in: a document stays as its author wrote it, and
 * what a missing field means is said where it is read.
 */

const NAME = /^[a-z0-9][a-z0-9.-]{0,62}$/
const NAME_RULE = 'lower-case letters, digits, `.` and `-`, at most 63, a letter or digit first'

/** Of a document; `references.ts` says which fields hold the name of another one, and of which kind. */
export const name = z
  .string()
  .regex(NAME, { error: ({ input }) => `${shown(input)} is not a name: ${NAME_RULE}` })

export const text = z
  .string()
  .min(1, 'an empty text says nothing')
  .max(4000, 'a text is at most 4000 characters')
export const word = z.string().regex(/^[^\s\p{C}]{1,253}$/u, {
  error: ({ input }) => `${shown(input)} is not one word of at most 253 characters`,
})

export const date = z.iso.date({ error: ({ input }) => `${shown(input)} is not a date (YYYY-MM-DD)` })

const whole = z.int({ error: ({ input }) => `${shown(input)} is not a whole number` })
export const count = whole.min(0, { error: ({ input }) => `${shown(input)} is less than 0` })
export const positive = whole.min(1, { error: ({ input }) => `${shown(input)} is less than 1` })

/** ISO 3166-1 alpha-2, with -2 behind it where a part of a country has law of its own. */
export const country = z.string().regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/, {
  error: ({ input }) => `${shown(input)} is not a country (ISO 3166, as DE or US-CA)`,
})
/** A country, or EU or EEA for all of theirs. */
export const countries = z.string().regex(/^([A-Z]{2}(-[A-Z0-9]{1,3})?|EEA)$/, {
  error: ({ input }) => `${shown(input)} is not a country (ISO 3166, as DE or US-CA), EU or EEA`,
})

export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: ({ input }) => `${shown(input)} is not a SHA-256 (64 digits 0-9 a-f)` })

export const address = z
  .string()
  .max(45)
  .refine((text) => parseAddress(text) !== null, {
    error: ({ input }) => `${shown(input)} is not an IP address`,
  })

export const cidr = z
  .string()
  .max(49)
  .check(({ value, issues }) => {
    const prefix = parseCidr(value)
    if (prefix === null) {
      issues.push({
        code: 'custom',
        input: value,
        message: `${shown(value)} is not a prefix (10.0.3.0/24, 2001:db8::/32)`,
      })
    } else if (parseAddress(value.split('/')[0] ?? '')?.value !== prefix.base) {
      const message = `${shown(value)} has bits set behind its prefix`
      issues.push({ code: 'custom', input: value, message, params: { hint: `write ${formatCidr(prefix)}` } })
    }
  })

/** At most 256 of something. */
export function list<T extends z.ZodType>(item: T): z.ZodArray<T> {
  return z.array(item).max(256, 'more than 256')
}

/** A value as people wrote it, short enough for a message. */
export function shown(input: unknown): string {
  const written = typeof input === 'string' ? input : (JSON.stringify(input) ?? 'nothing')
  return `\`${written.length > 60 ? `${written.slice(0, 57)}…` : written}\``
}
