#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { judge, type Report } from './judge.ts'
import { readFile, readFolder, tilesIn } from './read-folder.ts'
import { reportText } from './text.ts'
import { MAX_TRUST } from './trust.ts'

const HELP = `Usage: portreeve-verify DIR [--trust FILE] [--replay TILES] [--json]

Checks an evidence pack of Portreeve: what it claims, against signatures, proofs and times of others.

  --trust FILE    the trust file, which you got by another way than the pack
  --replay TILES  a folder with the published log (checkpoint, tile/…), to be read again from its first entry
  --json          the report as one JSON document

Exit status: 0 valid; 10 something needed is missing, or the trust comes from the pack itself; 20 invalid;
30 fork, both heads are printed; 2 bad input.
`

process.exitCode = main(process.argv.slice(2))

function main(args: readonly string[]): number {
  const options = readOptions(args)
  if (typeof options === 'string') return refuse(options)
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  const report = judgeFolder(options)
  if (typeof report === 'string') return refuse(report)
  process.stdout.write(
    options.json ? `${JSON.stringify({ version: 1, ...report }, null, 2)}\n` : reportText(report),
  )
  return report.exit
}

interface Options {
  readonly folder: string
  readonly trust: string | undefined
  readonly replay: string | undefined
  readonly json: boolean
  readonly help: boolean
}

function readOptions(args: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        trust: { type: 'string' },
        replay: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const [folder, ...more] = positionals
    if (!values.help && (folder === undefined || more.length > 0))
      return 'one folder with an evidence pack is needed'
    return {
      folder: folder ?? '',
      trust: values.trust,
      replay: values.replay,
      json: values.json,
      help: values.help,
    }
  } catch (error) {
    return error instanceof Error ? error.message : 'the options could not be read'
  }
}

function judgeFolder({ folder, trust, replay }: Options): Report | string {
  const trusted = trust === undefined ? null : readFile(trust, MAX_TRUST)
  if (trust !== undefined && trusted === null)
    return `the trust file ${trust} is not there, or is no file of at most ${MAX_TRUST} bytes`
  try {
    return judge({
      folder: readFolder(folder),
      trust: trusted,
      tiles: replay === undefined ? null : tilesIn(replay),
    })
  } catch (error) {
    return error instanceof Error ? error.message : 'the folder could not be read'
  }
}

function refuse(reason: string): number {
  process.stderr.write(
    `portreeve-verify: error: ${reason}\nportreeve-verify: hint: portreeve-verify --help\n`,
  )
  return 2
}
