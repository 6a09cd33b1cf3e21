import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readKubernetes } from './read.ts'

const DEMO = resolve(
  process.env['PORTREEVE_SHARED'] ?? '../shared',
  'conformance/microservices-demo/kubernetes-manifests',
)

// Skipped, and listed as such, where the conformance data is not beside the checkout.
describe.skipIf(!existsSync(DEMO))('GoogleCloudPlatform/microservices-demo', () => {
  const names = globSync(`${DEMO}/*.yaml`).toSorted()
  const files = names.map((name) => ({ name: basename(name), text: readFileSync(name, 'utf8'), digest: '' }))
  const sightings = readKubernetes(files).places.flatMap((place) => place.sightings)

  test('has exactly one LoadBalancer, frontend-external, 80 to 8080', () => {
    const balancers = sightings.filter((one) => one.net.startsWith('net:loadbalancer.'))
    expect(balancers.map((one) => [one.workload, one.port, one.detail])).toEqual([
      ['default/Service/frontend-external', 80, 'LoadBalancer; 80 to container port 8080; name http'],
    ])
  })

  test('has nothing else that is not internal, but the node port of that balancer', () => {
    const open = sightings.filter(
      (one) => !one.flags.includes('internal') && !one.net.startsWith('net:loadbalancer.'),
    )
    expect(open.map((one) => [one.workload, one.net, one.flags])).toEqual([
      ['default/Service/frontend-external', 'net:1', ['port-unknown']],
    ])
  })
})
