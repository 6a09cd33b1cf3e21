import type { PortView } from '../api/views.ts'
import type { Instant } from '../model/port.ts'
import { Refusal } from '../model/refusal.ts'
import type { FileSource } from './read-files.ts'
import { scanFiles } from './scan.ts'
import type { ReachOptions } from './read-cluster.ts'

/** The ports of some files that PORT means, each with from where it can be reached and why. */
export async function whyInFiles(
  files: FileSource,
  paths: readonly string[],
  port: string,
  options: ReachOptions,
  at: Instant,
): Promise<readonly PortView[]> {
  const { ports } = await scanFiles(files, paths, options, at)
  const meant = ports.filter((one) => means(one, port))
  if (meant.length > 0) return meant
  throw new Refusal('not-found', `no port in ${paths.join(', ')} is ${port}`, {
    hint: 'portreeve scan PATH --json lists their ids; a record’s name, default/Service/web:80/tcp and web:80/tcp are understood too',
  })
}

function means(view: PortView, asked: string): boolean {
  if (asked === view.id || (view.record !== null && asked === view.record)) return true
  const [, holder, digits, transport] = /^(.+):(\d{1,5})\/(tcp|udp|sctp)$/.exec(asked) ?? []
  if (holder === undefined || Number(digits) !== view.port || transport !== view.transport) return false
  const workload = view.workload ?? ''
  const [namespace = '', , name = ''] = workload.split('/')
  return [workload, `${namespace}/${name}`, name, view.address, view.host].includes(holder)
}
