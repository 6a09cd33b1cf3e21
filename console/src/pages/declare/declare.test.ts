import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import { fieldAt } from './field-at.ts'
import { countTodos, memberOf, withMember } from './spec-path.ts'
import { portOf, portYaml } from './yaml.ts'

const billing = {
  name: 'billing-db',
  spec: {
    reviewBy: '2027-05-01',
    system: 'billing',
    at: { host: 'db-1' },
    bindings: [{ transport: 'tcp', port: 5432, address: '10.0.3.7' }],
    justification: { why: 'billing writes invoices here', ifClosed: '' },
    audience: [],
    tls: { minimum: 'tls1.2' },
  },
}

describe('the YAML that the form writes', () => {
  test('reads in the order of a Port, leaves out what is empty and keeps what the form does not know', () => {
    expect(portYaml(billing)).toBe(`apiVersion: portreeve.dev/v1
kind: Port
metadata:
  name: billing-db
spec:
  system: billing
  at:
    host: db-1
  bindings:
    - transport: tcp
      port: 5432
      address: 10.0.3.7
  justification:
    why: billing writes invoices here
  reviewBy: 2027-05-01
  tls:
    minimum: tls1.2
`)
  })

  test('says text that looks like something else as text', () => {
    const name = { name: 'no', spec: { purpose: 'yes: #1', service: '0x10', owner: '*team', why: 'a\nb' } }
    const read = parse(portYaml(name)) as { metadata: { name: unknown }; spec: unknown }
    expect(read.metadata.name).toBe('no')
    expect(read.spec).toEqual(name.spec)
  })

  test('comes back into the form as it was', () => {
    const text = portYaml(billing)
    expect(portYaml(portOf(text)!)).toBe(text)
  })
})

describe('a text that somebody wrote by hand', () => {
  test.each([
    ['two documents', 'kind: Port\nspec: {}\n---\nkind: Port\nspec: {}\n'],
    ['another kind', 'kind: System\nmetadata: { name: a }\nspec: {}\n'],
    ['broken YAML', 'kind: [Port\n'],
    ['nothing', ''],
  ])('stays out of the form when it is %s', (_, text) => {
    expect(portOf(text)).toBeNull()
  })
})

describe('a fault in the text', () => {
  const text = portYaml(billing)
  const at = (needle: string) => {
    const line = text.split('\n').findIndex((one) => one.includes(needle))
    return fieldAt(text, line + 1, text.split('\n')[line]!.indexOf(needle.trim()) + 1)
  }

  test('belongs to the field that wrote it', () => {
    expect(at('5432')).toBe('spec.bindings.0.port')
    expect(at('  port:')).toBe('spec.bindings.0.port')
    expect(at('db-1')).toBe('spec.at.host')
    expect(at('billing-db')).toBe('metadata.name')
  })

  test('beyond the text belongs to no field', () => {
    expect(fieldAt(text, 400, 1)).toBe('')
  })
})

test('a field writes its member and leaves the others alone', () => {
  const spec = withMember(billing.spec, ['justification', 'why'], 'x')
  expect(memberOf(spec, ['justification', 'why'])).toBe('x')
  expect(memberOf(spec, ['justification', 'ifClosed'])).toBe('')
  expect(memberOf(withMember({}, ['at', 'host'], 'a'), ['at', 'host'])).toBe('a')
  expect(memberOf(spec, ['at', 'host', 'deeper'])).toBeUndefined()
})

test('what still says TODO is counted wherever it stands', () => {
  expect(countTodos({ purpose: 'TODO', a: [{ b: 'TODO: who?' }, 3], c: 'todo list' })).toBe(2)
})
