import { expect, test } from 'vitest'
import type { BookDocument } from '../../model/document.ts'
import { writeDocuments } from './write.ts'

test('fields come in the order in which they are explained, and each TODO says what it waits for', () => {
  const port: BookDocument = {
    kind: 'Port',
    name: 'billing-db',
    spec: {
      justification: { ifClosed: 'TODO', why: 'billing writes here' },
      purpose: 'TODO',
      at: { host: 'db-1' },
      bindings: [{ port: 5432, transport: 'tcp' }],
      system: 'billing',
    },
    position: null,
  }
  expect(writeDocuments([port])).toBe(`# yaml-language-server: $schema=portreeve.schema.json
apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: billing-db }
spec:
  system: billing
  at: { host: db-1 }
  bindings: [ { transport: tcp, port: 5432 } ]
  purpose: TODO # Business purpose, specific enough to test whether it is needed
  justification:
    why: billing writes here
    ifClosed: TODO # What would stop if it were closed
`)
})
