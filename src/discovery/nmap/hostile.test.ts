import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../../model/refusal.ts'
import { NMAP_SCAN, type ReadScan, readPieces, readScan, runOf } from '../nmap.fixture.ts'

describe('refused, with the place and a way out', () => {
  const bomb = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
  test.each([
    ['an internal subset', '<!DOCTYPE nmaprun [<!ELEMENT a ANY>]><nmaprun/>', /:1:1: .*document type/],
    [
      'an external DTD',
      '<?xml version="1.0"?>\n<!DOCTYPE nmaprun SYSTEM "file:///etc/passwd"><nmaprun/>',
      /:2:1: /,
    ],
    ['a public DTD', '<!DOCTYPE nmaprun PUBLIC "-//x" "http://x/"><nmaprun/>', /:1:1: /],
    ['a billion laughs', `<!DOCTYPE nmaprun [<!ENTITY l0 "ha">${bomb}]><nmaprun a="&l9;"/>`, /:1:1: /],
    ['an entity declared within', runOf('\n <!ENTITY x "y">'), /:2:2: /],
    ['a conditional section', runOf('<![INCLUDE[ ]]>'), /document type or an entity/],
    ['an entity that nobody declared', attribute('10.0.0.1&evil;'), /:2:9: the entity &evil;/],
    ['a character that is none', attribute('&#xD800;'), /the entity &#xD800;/],
    ['an ampersand without a name', attribute('a & b'), /the entity &;/],
    ['"<" in quotes', runOf('<host>\n<address addr="a<b"/></host>'), /:2:17: "<" within a tag/],
    [
      '"<" in long quotes of what is skipped',
      runOf(`<script output="${'x'.repeat(500)}<"/>`),
      /"<" within a tag/,
    ],
    ['"<" in a tag', runOf('<host><address <status state="up"/></host>'), /"<" within a tag/],
    ['"<" in a name', runOf('<ho<host></host>'), /"<" within a tag/],
    ['a NUL byte', runOf('<!-- \0 -->'), /NUL/],
    ['a host within a host', runOf('<host><host/></host>'), /<host> within <host>/],
    ['a host without an end', '<nmaprun><host></nmaprun>', /<\/nmaprun> within <host>/],
    ['a scan within a scan', runOf('<nmaprun>'), /<nmaprun> within <nmaprun>/],
    ['two scans in one file', `${runOf('')}\n${runOf('')}`, /:2:9: .*goes on after/],
    ['an unknown version', runOf('', '2.0'), /output version 2\.0 is unknown/],
    ['other XML', '<svg><host/></svg>', /does not begin with <nmaprun>/],
    ['an end without a beginning', '</nmaprun>', /does not begin with <nmaprun>/],
    ['nothing', '', /does not begin with <nmaprun>/],
  ])('%s', async (_, scan, message) => {
    const refusal = await refusalOf(readScan(scan))
    expect(refusal.code).toBe('source-invalid')
    expect(refusal.message).toMatch(message)
    expect(refusal.hint).not.toBeNull()
    expect((await refusalOf(readScan(scan, 7))).message).toBe(refusal.message)
  })

  test('bytes that are no UTF-8, at their place, also between two pieces', async () => {
    const scan = Buffer.concat([
      Buffer.from('<nmaprun>\n<host><hostname name="é'),
      Buffer.from([0xc3]),
      Buffer.from('"/></host></nmaprun>'),
    ])
    for (let size = 1; size <= scan.length; size++) {
      expect((await refusalOf(readScan(scan, size))).message).toMatch(
        /^scan\.xml:2:24: a byte that is no UTF-8/,
      )
    }
    await refusalOf(
      readScan(
        Buffer.concat([Buffer.from('<nmaprun> text '), Buffer.from([0xff]), Buffer.from(' </nmaprun>')]),
        3,
      ),
    )
  })
})

describe('bounded', () => {
  test.each([
    ['an attribute of 33 MB', '<nmaprun><script output="', 'x'],
    ['a comment without an end', '<nmaprun><!-- ', '-'],
    ['a tag without an end', '<nmaprun><host ', ' '],
    ['a document type of white space', '<!DOCTYPE', ' '],
  ])('%s is refused when 8 MB of it are there', async (_, start, filling) => {
    let taken = 0
    const piece = Buffer.alloc(65_536, filling)
    const pieces = {
      *[Symbol.iterator]() {
        yield Buffer.from(start)
        for (; taken < 512; taken++) yield piece
      },
    }
    expect((await refusalOf(readPieces(pieces))).message).toMatch(/:1:\d+: a tag of more than/)
    expect(taken).toBeLessThan(300)
  })

  test('a host with more ports than there are is refused', async () => {
    const port = '<port protocol="tcp" portid="1"><state state="open"/></port>'
    const host = `<nmaprun><host><address addr="10.0.0.1"/>${port.repeat(262_145)}`
    expect((await refusalOf(readScan(host, 65_536))).message).toMatch(/a host with more than 262144 ports/)
  })
})

describe('not taken for a tag', () => {
  const host = '<host><status state="up"/><address addr="10.9.9.9"/></host>'
  test.each([
    ['in a comment', `<!-- ${host} > -->`],
    ['in CDATA', `<output><![CDATA[${host} ]] > ]]></output>`],
    ['in a processing instruction', `<?x ${host} ?>`],
    [
      'in the output of a script',
      `<script output="${host.replaceAll('<', '&lt;').replaceAll('"', '&quot;')}"/>`,
    ],
    ['">" in quotes', `<script output='> "> />'/>`],
  ])('%s', async (_, text) => {
    expect(await readScan(runOf(text))).toEqual(await readScan(runOf('')))
  })
})

test('names from the network cannot speak to a terminal', async () => {
  const body =
    '<host><status state="up"/><address addr="10.0.0.1"/><hostname name="a&#x1b;[2J\u202Eb\u0007"/></host>'
  expect((await readScan(runOf(body))).hosts[0]?.place.names).toEqual(['a\uFFFD[2J\uFFFDb\uFFFD'])
})

describe('how a scan is cut into pieces changes nothing', () => {
  test('two pieces, cut at any byte', async () => {
    const bytes = Buffer.from(NMAP_SCAN)
    const whole = JSON.stringify(await readScan(bytes))
    const other = []
    for (let cut = 0; cut <= bytes.length; cut++) {
      const read = await readPieces([bytes.subarray(0, cut), bytes.subarray(cut)])
      if (JSON.stringify(read) !== whole) other.push(cut)
    }
    expect(other).toEqual([])
  })

  test('pieces of one size', async () => {
    const whole = await readScan(NMAP_SCAN)
    for (const size of [1, 2, 3, 5, 64, 1000]) expect(await readScan(NMAP_SCAN, size)).toEqual(whole)
  })
})

test('a scan cut off at any byte is read as far as it goes, and never complete', async () => {
  const bytes = Buffer.from(NMAP_SCAN)
  const whole = (await readScan(bytes)).hosts.map((host) => JSON.stringify(host))
  const end = bytes.indexOf('</nmaprun>') + '</nmaprun>'.length
  const wrong = []
  let hosts = 0
  for (let cut = 0; cut < end; cut++) {
    const read = await outcomeOf(readScan(bytes.subarray(0, cut)))
    if (read instanceof Refusal) continue
    if (read.summary.complete || read.hosts.some((host, n) => JSON.stringify(host) !== whole[n]))
      wrong.push(cut)
    hosts = Math.max(hosts, read.hosts.length)
  }
  expect(wrong).toEqual([])
  expect(hosts).toBe(whole.length)
})

test('a scan with bytes cut out of it, or any bytes at all, is read or refused, and nothing else', async () => {
  const bytes = Buffer.from(NMAP_SCAN)
  const place = fc.nat({ max: bytes.length })
  const word = fc.constantFrom(
    '<',
    '>',
    '"',
    '&',
    '/',
    '<host>',
    '</host>',
    '<port ',
    '<!--',
    '-->',
    ' state="open"',
    'é',
    '\0',
  )
  expect.hasAssertions()
  await fc.assert(
    fc.asyncProperty(
      place,
      place,
      fc.oneof(
        word.map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 8 }),
      ),
      async (from, to, put) => {
        const torn = [bytes.subarray(0, from), put, bytes.subarray(to)]
        const whole = await outcomeOf(readPieces([Buffer.concat(torn)]))
        const cut = await outcomeOf(readPieces(torn))
        expect(whole instanceof Refusal || JSON.stringify(cut) === JSON.stringify(whole)).toBe(true)
        await outcomeOf(readScan(Buffer.concat([Buffer.from('<nmaprun>'), put, put]), 3))
      },
    ),
    { numRuns: 500 },
  )
})

function attribute(value: string): string {
  return runOf(`<host>\n<address addr="${value}"/></host>`)
}

async function refusalOf(reading: Promise<ReadScan>): Promise<Refusal> {
  const outcome = await outcomeOf(reading)
  if (!(outcome instanceof Refusal)) throw new Error('it was read')
  return outcome
}

/** Anything but a Refusal is a bug, and fails the test. */
async function outcomeOf(reading: Promise<ReadScan>): Promise<ReadScan | Refusal> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
