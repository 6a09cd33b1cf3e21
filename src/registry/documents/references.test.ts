import { expect, test } from 'vitest'
import { parseDocuments } from './parse.ts'
import { checkReferences, referencesOf } from './references.ts'
import { todos } from './todos.ts'

const TEXT = `apiVersion: portreeve.dev/v1
kind: System
metadata: { name: billing }
spec: { owner: TODO, contracts: [globex] }
---
apiVersion: portreeve.dev/v1
kind: Zone
metadata: { name: app-tier }
spec: { level: vpc }
---
apiVersion: portreeve.dev/v1
kind: Port
metadata: { name: billing-db }
spec:
  system: biling
  at: { host: unseen }
  bindings: [{ port: 5432 }]
  purpose: "TODO: ask billing"
  audience: [app-tier, office]
`

const { documents, faults } = parseDocuments([{ name: 'a.yaml', text: TEXT }])
const known = (kind: string, name: string): boolean => kind === 'Zone' && name === 'office'

test('a reference to nothing stands at its place in the file, and names what is near', () => {
  expect(faults).toEqual([])
  expect(checkReferences(documents, known)).toEqual([
    {
      message: 'System billing: contracts[0] names Contract `globex`, which does not exist',
      position: { file: 'a.yaml', line: 4, column: 34 },
      hint: 'add a document of kind Contract with this name',
    },
    {
      message: 'Port billing-db: system names System `biling`, which does not exist',
      position: { file: 'a.yaml', line: 15, column: 11 },
      hint: 'did you mean `billing`?',
    },
  ])
})

test('what the book holds or the same files declare is there', () => {
  expect(checkReferences(documents, () => true)).toEqual([])
  expect(referencesOf(documents[2]!).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'System biling',
    'Zone app-tier',
    'Zone office',
  ])
})

test('a document of the console has no line, and is checked all the same', () => {
  const [fault] = checkReferences(
    [{ kind: 'Zone', name: 'z', spec: { party: 'x' }, position: null }],
    () => false,
  )
  expect(fault?.position).toBeNull()
})

test('what is still TODO is listed with its place', () => {
  expect(documents.flatMap(todos)).toEqual([
    { path: 'owner', position: { file: 'a.yaml', line: 4, column: 16 } },
    { path: 'purpose', position: { file: 'a.yaml', line: 18, column: 12 } },
  ])
  const spec = { purpose: 'TODOS is a word', justification: { why: 'TODO', ifClosed: 'a TODO inside' } }
  expect(todos({ kind: 'Port', name: 'x', spec, position: null })).toEqual([
    { path: 'justification.why', position: null },
  ])
})
