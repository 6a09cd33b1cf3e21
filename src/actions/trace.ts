import { traceIn } from '../exposure/trace.ts'
import type { Trace } from '../exposure/trace.ts'
import { TRANSPORTS } from '../model/port.ts'
import type { Transport } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import { readCluster } from './read-cluster.ts'
import type { ReachOptions } from './read-cluster.ts'
import type { FileSource } from './read-files.ts'

export type { Trace } from '../exposure/trace.ts'

export interface TraceReport extends Trace {
  readonly from: string
  readonly to: string
  readonly transport: Transport
  readonly port: number
}

/** One packet's way through what some manifests describe. */
export async function trace(
  files: FileSource,
  paths: readonly string[],
  asked: { readonly from: string; readonly to: string },
  options: ReachOptions,
): Promise<TraceReport> {
  const destination = destinationOf(asked.to)
  const { connectivity, zones } = await readCluster(files, paths, options)
  const found = traceIn(connectivity, zones, { from: asked.from, ...destination })
  if (!('unknownName' in found)) return { from: asked.from, ...destination, ...found }
  const name = found.unknownName === 'from' ? asked.from : destination.to
  throw new Refusal('not-found', `${name} is no zone, address, workload or Service of these files`, {
    hint: 'write an address, a zone (public, organisation, cluster, host, namespace/NAME, or that of a document), or NAMESPACE/NAME',
  })
}

/** `10.0.3.7:5432/tcp`, `[fd00::1]:53/udp`, `default/web:80/tcp`. */
function destinationOf(text: string): { to: string; port: number; transport: Transport } {
  const [, bracketed, bare, digits, protocol] = /^(?:\[([^\]]+)\]|(.+)):(\d{1,5})\/(\w+)$/.exec(text) ?? []
  const transport = TRANSPORTS.find((one) => one === protocol?.toLowerCase())
  const port = Number(digits)
  const to = bracketed ?? bare
  if (to === undefined || transport === undefined || port < 1 || port > 65_535) {
    throw new Refusal('bad-input', `"${text}" names no port`, {
      hint: 'write ADDRESS:PORT/PROTO, such as 10.0.3.7:5432/tcp, [fd00::1]:53/udp or default/web:80/tcp',
    })
  }
  return { to, port, transport }
}
