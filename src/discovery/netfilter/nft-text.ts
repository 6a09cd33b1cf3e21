import type { Json, JsonRecord } from './json.ts'
import { listOf, recordOf } from './json.ts'

/** A statement or expression of nft's JSON near to how nft writes it; long sets are cut. */
export function nftText(value: Json): string {
  return render(value, 0)
}

const SHOWN = 6
const DEEPEST = 12

function render(value: Json, depth: number): string {
  if (depth > DEEPEST) return '…'
  if (value === null) return ''
  if (Array.isArray(value)) return (value as readonly Json[]).map((part) => render(part, depth + 1)).join(',')
  if (typeof value !== 'object') return String(value)
  const [[word, inner] = ['', null]] = Object.entries(value as JsonRecord)
  const of = (part: Json | undefined) => render(part ?? null, depth + 1)
  const record = recordOf(inner)
  if (word === 'match' && record !== null) {
    const op = record['op'] === '==' || record['op'] === 'in' ? '' : ` ${of(record['op'])}`
    return `${of(record['left'])}${op} ${of(record['right'])}`
  }
  if (word === 'payload' && record !== null) return `${of(record['protocol'])} ${of(record['field'])}`
  if (word === 'meta' && record !== null) return of(record['key'])
  if (word === 'ct' && record !== null)
    return ['ct', record['dir'], record['key']].filter((part) => typeof part === 'string').join(' ')
  if (word === 'fib' && record !== null)
    return `fib ${listOf(record['flags']).map(of).join(' . ')} ${of(record['result'])}`
  if (word === 'prefix' && record !== null) return `${of(record['addr'])}/${of(record['len'])}`
  if (word === 'range') return listOf(inner).map(of).join('-')
  if (word === 'concat') return listOf(inner).map(of).join(' . ')
  if (word === '&' || word === '|') return listOf(inner).map(of).join(` ${word} `)
  if (word === 'set' && Array.isArray(inner)) return `{ ${cut((inner as readonly Json[]).map(of))} }`
  if ((word === 'vmap' || word === 'map') && record !== null)
    return `${of(record['key'])} ${word} ${mapText(record['data'], of)}`
  if ((word === 'jump' || word === 'goto') && record !== null) return `${word} ${of(record['target'])}`
  if (word === 'elem' && record !== null) return of(record['val'])
  if (word === 'xt' && record !== null) return `${of(record['type'])} ${of(record['name'])} of iptables`
  if (word === 'counter') return 'counter'
  if (word === 'limit' && record !== null) return `limit rate ${of(record['rate'])}/${of(record['per'])}`
  if (record === null) return inner === null ? word : `${word} ${of(inner)}`
  return `${word} ${Object.entries(record)
    .map(([key, part]) => `${key} ${of(part)}`)
    .join(' ')}`
}

function mapText(data: Json | undefined, of: (part: Json | undefined) => string): string {
  if (typeof data === 'string') return data
  const pairs = listOf(recordOf(data)?.['set']).map(listOf)
  return `{ ${cut(pairs.map(([key, value]) => `${of(key)} : ${of(value)}`))} }`
}

function cut(texts: readonly string[]): string {
  return texts.length <= SHOWN
    ? texts.join(', ')
    : `${texts.slice(0, SHOWN).join(', ')}, … (${texts.length} in all)`
}
