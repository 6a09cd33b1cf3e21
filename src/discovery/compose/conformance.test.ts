import { existsSync, globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { composeProject } from './project.ts'
import { readCompose } from './read.ts'

const COMPOSE = resolve(process.env['PORTREEVE_SHARED'] ?? '../shared', 'conformance/compose')

// Skipped, and listed as such, where the conformance data is not beside the checkout.
describe.skipIf(!existsSync(COMPOSE))('docker/awesome-compose', () => {
  const files = globSync(`${COMPOSE}/*/compose.y*ml`).map((name) => ({
    name,
    text: readFileSync(name, 'utf8'),
    digest: '',
  }))
  const published = files
    .flatMap((file) => readCompose([file], () => null).places[0]?.sightings ?? [])
    .filter((one) => !one.flags.includes('internal'))

  test('has 39 files, 81 services and 67 published ports', () => {
    const services = files.map((file) => composeProject([file], () => null).services.size)
    expect(files).toHaveLength(39)
    expect(services.reduce((sum, count) => sum + count)).toBe(81)
    expect(published).toHaveLength(67)
  })

  test('publishes all of them on every address of the host, under a known number', () => {
    expect(published.filter(({ address, port }) => address !== '*' || port === 0)).toEqual([])
  })
})
