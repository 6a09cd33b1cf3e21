import type { Json, JsonObject } from '../model/entry.ts'

/**
 * Where a body names a person. A false alarm costs a commitment and hides nothing from who may read the book; a miss
 * stands in an append-only log for ever. So the rules are wide, and nothing is refused.
 */

/** JSON Pointers to the texts that can identify a person, in the order of the body. */
export function findPersonal(body: JsonObject): string[] {
  const found: string[] = []
  search(body, '', false, found)
  return found
}

/** Whether a text is or holds a mail address, a telephone number, or a path below somebody's home. */
export function isPersonal(text: string): boolean {
  return MAIL.test(text) || HOME.test(text) || holdsTelephone(text)
}

function search(value: Json, pointer: string, named: boolean, found: string[]): void {
  if (typeof value === 'string') {
    if (value !== '' && (named || isPersonal(value))) found.push(pointer)
  } else if (Array.isArray(value)) {
    for (const [i, element] of (value as readonly Json[]).entries())
      search(element, `${pointer}/${i}`, named, found)
  } else if (typeof value === 'object' && value !== null)
    for (const [key, member] of Object.entries(value as JsonObject))
      search(member, `${pointer}/${key}`, named || PERSONAL_KEY.test(key), found)
}

/** The key, or its last word, says that a person stands here. */
const PERSONAL_KEY =
  /(?:^|_)(?:user|username|user_name|login|mail|email|e_mail|phone|telephone|tel|mobile|fax|home|homedir|home_dir|full_name|first_name|last_name|given_name|family_name|real_name|person|contact)s?$/

// Every pattern reads a text once: what follows a first match is bounded or starts behind the next such character.
/** Local part, at sign, a label, a point; also an account at an address, and the at sign of a URL. */
export const MAIL = /[\p{L}\p{N}._%+'"-](?:@|%40)\[?[\p{L}\p{N}-]{1,63}\.[\p{L}\p{N}]/iu
export const HOME = /[\\/](?:home|users|documents and settings)[\\/]{1,2}[^\\/\s]|(?:^|[\s:="'])~[a-z_]/i

const TELEPHONE_LIKE = /(?<![\p{L}\p{N}_.:+-])[+(]{0,2}\d[\d ()/.-]{5,24}\d(?![\p{L}\p{N}_])/gu
function holdsTelephone(text: string): boolean {
  if (text.length < 7) return false
  for (const [run] of text.matchAll(TELEPHONE_LIKE)) if (isTelephone(run)) return true
  return false
}

/** E.164 with its plus or 00, a national number in groups behind its 0 or in brackets, or one of North America. */
function isTelephone(run: string): boolean {
  const digits = run.replaceAll(/\D/g, '')
  if (digits.length < 7 || digits.length > 15) return false
  if (/^\(?(?:\+|00)\(?[1-9]/.test(run)) return true
  if (/^\(0?[1-9]\d{1,4}\)[ -]?\d/.test(run)) return true
  if (/^[2-9]\d{2}[-. ][2-9]\d{2}[-. ]\d{4}$/.test(run)) return true
  return /^0[1-9]\d{1,4}[ /-][\d /-]+$/.test(run) && digits.length >= 9
}
