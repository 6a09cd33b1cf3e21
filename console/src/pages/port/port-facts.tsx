import type { PortPage } from '../../../../src/api/views.ts'
import { addressMeaning, addressText } from '../../format/port-text.ts'
import { duration } from '../../format/duration.ts'
import { Section } from '../../ui/page.tsx'
import { ApprovalMark, DocumentedMark, EnforcementMark, ObservedMark } from '../../ui/state.tsx'
import { Interval } from '../../ui/time.tsx'
import { Fact } from './fact.tsx'
import { saidBy, seenBy } from './source.ts'

/** What is known of the port, each fact with where it was read. */
export function PortFacts({ page }: { readonly page: PortPage }) {
  const { port } = page
  const seen = seenBy(page.sightings)
  const said = saidBy(page.record)
  const owned = said ?? saidBy(page.system)
  return (
    <Section id="facts" title="Facts" aside="the source of each on hover and focus">
      <dl className="facts two">
        <Fact name="Observed" source={seen}>
          <ObservedMark state={port.observed} />
        </Fact>
        <Fact name="Documented" source={said}>
          <DocumentedMark state={port.documented} />
        </Fact>
        <Fact name="Approval">
          <ApprovalMark state={port.approval} />
        </Fact>
        <Fact name="Enforcement">
          <EnforcementMark state={port.enforcement} />
        </Fact>
        <Fact name="Address" source={seen ?? said}>
          <span className="code">{addressText(port)}</span>{' '}
          <span className="soft">{addressMeaning(port.address, port.family)}</span>
        </Fact>
        <Fact name="Opened" source={seen}>
          {port.opened && <Interval of={port.opened} />}
          {port.opened?.notBefore === null && <span className="soft"> already open when first observed</span>}
        </Fact>
        {port.closed && (
          <Fact name="Closed" source={seen}>
            <Interval of={port.closed} />
          </Fact>
        )}
        {port.flaps && (
          <Fact name="Opened and closed" source={seen}>
            {port.flaps.count} times within{' '}
            {duration(Date.parse(port.flaps.last) - Date.parse(port.flaps.first))}
          </Fact>
        )}
        <Fact name="Service" source={port.service?.by === 'declared' ? said : seen}>
          {port.service?.name}
          {port.service && <span className="soft"> {SERVICE_BY[port.service.by]}</span>}
        </Fact>
        <Fact name="Process" source={seen}>
          {port.processes.length > 0 && <Processes port={port} />}
        </Fact>
        <Fact name="Place" source={seen ?? said}>
          {port.place}
          {port.workload !== null && <span className="soft"> workload {port.workload}</span>}
        </Fact>
        <Fact name="Owner" source={owned}>
          {port.owner}
        </Fact>
        <Fact name="System" source={said}>
          {port.system}
        </Fact>
        <Fact name="Environment" source={owned}>
          {port.environment}
        </Fact>
        <Fact name="Purpose" source={said}>
          {port.purpose}
        </Fact>
        {port.flags.length > 0 && (
          <Fact name="Remarks" source={seen}>
            {port.flags.map((flag) => FLAG_WORDS[flag] ?? flag).join('; ')}
          </Fact>
        )}
      </dl>
    </Section>
  )
}

const SERVICE_BY = {
  declared: 'as declared',
  probed: 'as it answered',
  guess: 'a guess from the port number',
} as const

const FLAG_WORDS: Readonly<Record<string, string>> = {
  'may-be-client': 'may be a client’s socket: it looks the same',
  'ipv4-unknown': 'whether it also answers on IPv4 cannot be told from this source',
  shared: 'several sockets share the port',
  internal: 'reachable on the service’s own network only',
  aggregated: 'stands for several ports that were folded into one',
  'port-unknown': 'the port number is chosen at run time',
}

function Processes({ port }: { readonly port: PortPage['port'] }) {
  return port.processes.map((process) => (
    <span className="process" key={`${process.pid} ${process.name}`}>
      {process.name ?? 'unknown'}
      <span className="soft">
        {process.pid !== null && ` pid ${process.pid}`}
        {process.user !== null && ` as ${process.user}`}
        {process.unit !== null && ` in ${process.unit}`}
        {process.container !== null && ` in container ${process.container.slice(0, 12)}`}
      </span>
      {process.path !== null && <span className="code soft"> {process.path}</span>}
    </span>
  ))
}
