import { describe, expect, test } from 'vitest'
import { SIGNER_KINDS, softwareSigner } from '../../test/support/signers.ts'
import { noteKeyOf } from '../lib/note-key.ts'
import type { JsonObject } from '../model/entry.ts'
import type { ProblemCode } from '../model/refusal.ts'
import { foldKey, refuseUncounted, requireHolder } from './authority.ts'
import { materialText } from './key-act.ts'
import { type KeyRegistry, logKeysAt, rootsAt } from './key-registry.ts'
import {
  enrolBody,
  genesisRegistry,
  LOG_KEY,
  ORIGIN,
  possession,
  recordOf,
  rootBody,
  statementOf,
} from './keys.fixture.ts'
import type { LedgerRecord } from './record.ts'

const [ann, bob, eve, joe, kim] = ['ann', 'bob', 'eve', 'joe', 'kim'].map((name) =>
  softwareSigner('ed25519', name),
) as [Signer, Signer, Signer, Signer, Signer]
type Signer = ReturnType<typeof softwareSigner>
const nextLogKey = softwareSigner('ed25519', ORIGIN)

/** Entries from 1 on, one after the other. */
const after = (...records: readonly LedgerRecord[]): KeyRegistry =>
  records.reduce((registry, record) => foldKey(registry, registry.size, record), genesisRegistry())
const rooted = (threshold = 2) => recordOf(rootBody([ann, bob], threshold, true))
const refused = (code: ProblemCode, detail: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(detail) })
const heldOf = (registry: KeyRegistry, { key }: Signer) => registry.held.get(materialText(key))
type Signed = Parameters<typeof requireHolder>[2]
const holdBy = (...signers: readonly Signer[]) => statementOf({}, signers, { type: 'hold' }) as Signed

const enrolled = () => after(recordOf(enrolBody(joe, true)))
const retire = (reason = 'left') => ({ act: 'retire', key: joe.key.text, reason })
const compromise = (since: number) => ({
  act: 'compromise',
  key: joe.key.text,
  since_index: since,
  reason: 'lost',
})

const underRoots = () =>
  foldKey(
    after(recordOf(enrolBody(joe, true)), rooted()),
    3,
    statementOf(enrolBody(kim, false), [ann, bob, kim]),
  )

const announce = () => recordOf({ act: 'log', key: nextLogKey.key.text, possession: possession(nextLogKey) })
const end = (text: string) => recordOf({ act: 'log-end', key: text })
const genesisKey = noteKeyOf(ORIGIN, 'ed25519', LOG_KEY)
const idsAt = (registry: KeyRegistry, size: number) => logKeysAt(registry, size).map(({ key }) => key.keyId)

describe('while there are no root keys', () => {
  test.each(SIGNER_KINDS)(
    'a key of kind %s is enrolled on the word of the log, with proof that it is held',
    (kind) => {
      const signer = softwareSigner(kind, 'joe')
      const registry = after(recordOf(enrolBody(signer, true, { until: '2027-01-01T00:00:00.000Z' })))
      expect(heldOf(registry, signer)).toMatchObject({
        kind: 'person',
        scope: ['hold'],
        until: '2027-01-01T00:00:00.000Z',
        enrolled: { index: 1, word: 'log' },
        retired: null,
      })
    },
  )

  test.each<[string, JsonObject, ProblemCode, RegExp]>([
    ['without proof', enrolBody(joe, false), 'leaf-invalid', /possession/],
    [
      'with the proof of another',
      { ...enrolBody(joe, true), possession: possession(eve) },
      'signature-invalid',
      /joe/,
    ],
    ['with half a proof', { ...enrolBody(joe, true), possession: 'AAAA' }, 'signature-invalid', /joe/],
    [
      'with a list of proofs',
      { ...enrolBody(joe, true), possession: [possession(joe)] },
      'leaf-invalid',
      /possession/,
    ],
    ['for another holder', { ...enrolBody(joe, true), holder: 'eve' }, 'leaf-invalid', /holder/],
    ['as a god', { ...enrolBody(joe, true), kind: 'god' }, 'leaf-invalid', /kind/],
    ['for nothing', { ...enrolBody(joe, true), scope: [] }, 'leaf-invalid', /scope/],
    ['for keys', { ...enrolBody(joe, true), scope: ['key'] }, 'leaf-invalid', /cannot sign/],
    [
      'for types out of order',
      { ...enrolBody(joe, true), scope: ['hold', 'freeze'] },
      'leaf-invalid',
      /scope/,
    ],
    ['with a member more', { ...enrolBody(joe, true), note: 'x' }, 'leaf-invalid', /members/],
    ['until some day', { ...enrolBody(joe, true), until: 'soon' }, 'leaf-invalid', /until/],
    ['that is none', { ...enrolBody(joe, true), key: 'joe+00000000+AAAA' }, 'leaf-invalid', /./],
    ['by no act', { act: 'constructor' }, 'leaf-invalid', /act/],
  ])('no key is enrolled %s', (_, body, code, detail) => {
    expect(() => after(recordOf(body))).toThrow(refused(code, detail))
  })

  test('no key of low order is enrolled, whatever it proves', () => {
    const neutral = noteKeyOf('joe', 'ed25519', Buffer.from([1, ...Buffer.alloc(31)]))
    const body = { ...enrolBody(joe, true), key: neutral.text }
    expect(() => after(recordOf(body))).toThrow(refused('key-refused', /prime order/))
  })

  test('no key is enrolled twice, under whatever name, nor is a key of the log', () => {
    const again = softwareSigner('ed25519', 'eve', 'joe')
    expect(() => after(recordOf(enrolBody(joe, true)), recordOf(enrolBody(again, true)))).toThrow(
      refused('conflict', /enrolled since entry 1 as joe/),
    )
    const log = noteKeyOf('joe', 'ed25519', LOG_KEY)
    expect(() => after(recordOf({ ...enrolBody(joe, true), key: log.text }))).toThrow(
      refused('conflict', /a key of the log/),
    )
  })

  test('a statement of type key counts for nothing', () => {
    expect(() => after(statementOf(enrolBody(joe, false), [ann, joe]))).toThrow(
      refused('quorum-missing', /no root keys/),
    )
  })

  test('root keys are named by the log, and enough of them prove that they are held', () => {
    const registry = after(rooted())
    expect(rootsAt(registry, 1)).toBeNull()
    expect(rootsAt(registry, 2)).toMatchObject({ index: 1, threshold: 2, word: 'log' })
    const { possession: proofs, ...body } = rootBody([ann, bob], 2, true) as { possession: string[] }
    expect(() => after(recordOf({ ...body, possession: [proofs[0] ?? '', null] }))).toThrow(
      refused('quorum-missing', /1 of the 2 new keys/),
    )
    const one = { ...body, threshold: 1, possession: [null, proofs[1] ?? ''] }
    expect(rootsAt(after(recordOf(one)), 2)).toMatchObject({ threshold: 1 })
  })
})

describe('once there are root keys', () => {
  test('a record has no effect any more', () => {
    expect(() => after(rooted(), recordOf(enrolBody(joe, true)))).toThrow(
      refused('quorum-missing', /none of them/),
    )
  })

  test('a key is enrolled by enough of them and by itself', () => {
    const registry = after(rooted(), statementOf(enrolBody(joe, false), [ann, bob, joe]))
    expect(heldOf(registry, joe)?.enrolled).toEqual({ index: 2, word: 'roots' })
  })

  test.each<[string, LedgerRecord, ProblemCode, RegExp]>([
    [
      'one root key',
      statementOf(enrolBody(joe, false), [ann, joe]),
      'quorum-missing',
      /1 of the 2 root keys/,
    ],
    [
      'root keys alone',
      statementOf(enrolBody(joe, false), [ann, bob]),
      'quorum-missing',
      /0 of the 1 new keys/,
    ],
    ['the key alone', statementOf(enrolBody(joe, false), [joe]), 'key-unknown', /joe/],
    ['strangers', statementOf(enrolBody(joe, false), [eve, kim, joe]), 'key-unknown', /signed for eve/],
    [
      'somebody who did not sign',
      statementOf(enrolBody(joe, false), [ann, bob, joe], { by: 'eve' }),
      'key-unknown',
      /eve/,
    ],
    [
      'proof twice over',
      statementOf(enrolBody(joe, true), [ann, bob, joe]),
      'leaf-invalid',
      /carries its proof/,
    ],
  ])('a statement of %s enrols nobody', (_, record, code, detail) => {
    expect(() => after(rooted(), record)).toThrow(refused(code, detail))
  })

  test('a signature of a known key that does not verify spoils the statement', () => {
    const good = statementOf(enrolBody(joe, false), [ann, bob, joe])
    const [first, ...rest] = good.statement?.signatures ?? []
    if (first === undefined || good.statement === null) throw new Error('not signed')
    const spoilt = { ...good.statement, signatures: [{ ...first, signature: Buffer.alloc(64, 1) }, ...rest] }
    expect(() => after(rooted(), { ...good, statement: spoilt })).toThrow(refused('signature-invalid', /ann/))
  })

  test('a stranger beside them is passed over by a reader and refused by the writer', () => {
    const record = statementOf(enrolBody(joe, false), [ann, bob, joe, eve])
    expect(heldOf(after(rooted(), record), joe)).toBeDefined()
    expect(() => refuseUncounted(after(rooted()), 2, record)).toThrow(
      refused('key-unknown', /knows no key eve/),
    )
  })

  test('others follow them, signed by enough of the old and enough of the new', () => {
    const next = rootBody([bob, eve, kim], 2, false)
    const registry = after(rooted(), statementOf(next, [ann, bob, eve]))
    expect(rootsAt(registry, 2)?.keys).toHaveLength(2)
    expect(rootsAt(registry, 3)).toMatchObject({ index: 2, threshold: 2, word: 'roots' })
    expect(() => after(rooted(), statementOf(next, [ann, bob]))).toThrow(
      refused('quorum-missing', /1 of the 2 new/),
    )
    expect(() => after(rooted(), statementOf(next, [bob, eve, kim]))).toThrow(
      refused('quorum-missing', /1 of the 2 root/),
    )
    expect(() => refuseUncounted(registry, 3, statementOf(enrolBody(joe, false), [ann, kim, joe]))).toThrow(
      refused('key-retired', /ann.* not among the root keys/),
    )
  })

  test.each<[string, JsonObject]>([
    ['more than one of a key', { act: 'root', root_keys: [ann.key.text, ann.key.text], threshold: 1 }],
    ['one key under two names', rootBody([ann, softwareSigner('ed25519', 'al', 'ann')], 1, false)],
    ['a threshold that nobody reaches', rootBody([ann], 2, false)],
    ['a threshold of none', rootBody([ann], 0, false)],
    ['keys out of order', { act: 'root', root_keys: [bob.key.text, ann.key.text], threshold: 1 }],
    ['nobody', { act: 'root', root_keys: [], threshold: 0 }],
  ])('root keys cannot be %s', (_, body) => {
    expect(() => after(rooted(), statementOf(body, [ann, bob]))).toThrow(
      refused('leaf-invalid', /root_keys|threshold/),
    )
  })
})

describe('an enrolled key', () => {
  test('signs what is in its scope, from the entry behind its enrolment on', () => {
    const registry = enrolled()
    expect(requireHolder(registry, 2, holdBy(joe)).key.name).toBe('joe')
    expect(() => requireHolder(registry, 1, holdBy(joe))).toThrow(refused('key-retired', /not in force yet/))
    const grant = statementOf({}, [joe], { type: 'grant' }) as Signed
    expect(() => requireHolder(registry, 2, grant)).toThrow(refused('key-scope', /of type grant/))
    expect(() => requireHolder(registry, 2, holdBy(eve))).toThrow(refused('key-unknown', /eve/))
    expect(() => requireHolder(registry, 2, holdBy(softwareSigner('ed25519', 'joe', 'x')))).toThrow(
      refused('key-unknown', /signed for joe/),
    )
  })

  test('signs before its retirement and not after', () => {
    const registry = foldKey(enrolled(), 5, recordOf(retire()))
    expect(requireHolder(registry, 4, holdBy(joe)).retired).toMatchObject({ index: 5, word: 'log' })
    for (const index of [5, 6])
      expect(() => requireHolder(registry, index, holdBy(joe))).toThrow(
        refused('key-retired', /retired in entry 5/),
      )
    expect(() => foldKey(registry, 6, recordOf(retire()))).toThrow(refused('conflict', /was retired/))
  })

  test('that was compromised loses what it signed from then on', () => {
    const registry = foldKey(enrolled(), 9, recordOf(compromise(4)))
    expect(requireHolder(registry, 3, holdBy(joe))).toBeDefined()
    for (const index of [4, 8, 9, 10])
      expect(() => requireHolder(registry, index, holdBy(joe))).toThrow(refused('key-retired', /in entry 9/))
    expect(() => foldKey(registry, 10, recordOf(compromise(7)))).toThrow(refused('conflict', /already/))
    expect(heldOf(foldKey(registry, 10, recordOf(compromise(2))), joe)?.compromises).toHaveLength(2)
    expect(() => foldKey(enrolled(), 9, recordOf(compromise(10)))).toThrow(
      refused('leaf-invalid', /not there yet/),
    )
  })

  test('is ended by its holder, or by the root keys, and by nobody else', () => {
    const registry = underRoots()
    expect(heldOf(foldKey(registry, 5, statementOf(retire(), [joe])), joe)?.retired?.word).toBe('holder')
    expect(heldOf(foldKey(registry, 5, statementOf(retire(), [ann, bob])), joe)?.retired?.word).toBe('roots')
    for (const signers of [[kim], [ann], [ann, kim]])
      expect(() => foldKey(registry, 5, statementOf(retire(), signers))).toThrow(
        refused('quorum-missing', /root keys/),
      )
    expect(() => foldKey(registry, 5, statementOf({ ...retire(), key: eve.key.text }, [ann, bob]))).toThrow(
      refused('key-unknown', /not enrolled/),
    )
    expect(() => foldKey(registry, 5, statementOf(retire(''), [joe]))).toThrow(
      refused('leaf-invalid', /reason/),
    )
  })

  test('called stolen by its holder keeps what it signed before: nobody takes back a decision so', () => {
    const own = foldKey(underRoots(), 9, statementOf(compromise(1), [joe]))
    expect(requireHolder(own, 8, holdBy(joe))).toBeDefined()
    expect(() => requireHolder(own, 9, holdBy(joe))).toThrow(refused('key-retired', /compromised/))
    const roots = foldKey(own, 10, statementOf(compromise(5), [ann, bob]))
    expect(requireHolder(roots, 4, holdBy(joe))).toBeDefined()
    expect(() => requireHolder(roots, 8, holdBy(joe))).toThrow(refused('key-retired', /compromised/))
  })

  test('does not end its holder’s others once it is ended itself', () => {
    const second = softwareSigner('ed25519', 'joe', 'second')
    const registry = foldKey(underRoots(), 5, statementOf(enrolBody(second, false), [ann, bob, second]))
    const ended = foldKey(registry, 6, statementOf(retire(), [second]))
    expect(() => foldKey(ended, 7, statementOf({ ...retire(), key: second.key.text }, [joe]))).toThrow(
      refused('key-retired', /retired in entry 6/),
    )
  })
})

describe('keys of the log', () => {
  test('follow one another with an overlap in which both sign', () => {
    const registry = foldKey(foldKey(genesisRegistry(), 3, announce()), 7, end(genesisKey.text))
    const [old, fresh] = [genesisKey.keyId, nextLogKey.key.keyId]
    expect([1, 3, 4, 7, 8, 99].map((size) => idsAt(registry, size))).toEqual([
      [old],
      [old],
      [old, fresh],
      [old, fresh],
      [fresh],
      [fresh],
    ])
  })

  test('need root keys where there are some, and the new key itself', () => {
    const body = { act: 'log', key: nextLogKey.key.text }
    const registry = after(rooted(), statementOf(body, [ann, bob, nextLogKey]))
    expect(logKeysAt(registry, 3)).toHaveLength(2)
    expect(() => after(rooted(), statementOf(body, [ann, bob]))).toThrow(refused('quorum-missing', /new key/))
    expect(() => after(rooted(), announce())).toThrow(refused('quorum-missing', /none of them/))
  })

  test('are of Ed25519, bear the origin, and never leave the log without one', () => {
    const other = softwareSigner('ssh-ed25519', ORIGIN)
    const named = softwareSigner('ed25519', 'portreeve.local/other')
    for (const signer of [other, named])
      expect(() =>
        after(recordOf({ act: 'log', key: signer.key.text, possession: possession(signer) })),
      ).toThrow(refused('leaf-invalid', /Ed25519 and bears the name/))
    expect(() => after(end(genesisKey.text))).toThrow(refused('conflict', /no other key/))
    expect(() => after(announce(), announce())).toThrow(refused('conflict', /a key of the log/))
    expect(() => after(announce(), end(genesisKey.text), end(genesisKey.text))).toThrow(
      refused('key-unknown', /signs the log/),
    )
  })
})
