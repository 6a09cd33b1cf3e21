import type { Json, Sealed } from '../model/entry.ts'
import { HOME, MAIL } from './personal.ts'

/**
 * Whom a value identifies, as far as its text says: values of one person share a key. It is a guess that costs nothing
 * where it is wrong: an erasure names values, and what else a key sealed is sealed again before the key goes.
 */
export function subjectOf({ pointer, value }: Pick<Sealed, 'pointer' | 'value'>): string {
  const text = JSON.parse(value) as Json
  if (typeof text !== 'string') return `value:${value}`
  const [, mail] = ADDRESS.exec(text) ?? []
  if (mail !== undefined && MAIL.test(text)) return `mail:${mail.toLowerCase()}`
  const [, account] = (HOME.test(text) && ACCOUNT.exec(text)) || []
  if (account !== undefined) return `account:${account.toLowerCase()}`
  return ACCOUNT_KEY.test(pointer) ? `account:${text.toLowerCase()}` : `value:${text}`
}

const ADDRESS = /([\p{L}\p{N}._%+'"-]{1,64}@\[?[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8})/iu
const ACCOUNT = /[\\/](?:home|users|documents and settings)[\\/]{1,2}([^\\/\s]{1,64})/i
const ACCOUNT_KEY = /\/(?:user|username|user_name|login)$/
