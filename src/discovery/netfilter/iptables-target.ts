import { EVERY_ADDRESS } from '../../lib/address-set.ts'
import type { FilterVerdict } from '../../model/packet-filter.ts'
import { portsOf, rangeOf } from './iptables-option.ts'
import type { IptablesOption } from './iptables-words.ts'

/** What `-j` or `-g` does, with the options behind it (iptables-extensions(8), "target extensions"). */
export function iptablesTarget(
  { name, values }: IptablesOption,
  options: readonly IptablesOption[],
  family: 'ip' | 'ip6',
): FilterVerdict {
  const [target = ''] = values
  const value = (option: string) => options.find((one) => one.name === option)?.values[0]
  const has = (option: string) => options.some((one) => one.name === option)
  const unknown: FilterVerdict = {
    do: 'unknown',
    text: [name, target, ...options.map((one) => `${one.name} ${one.values.join(' ')}`)].join(' '),
  }
  if (name === '-g' || name === '--goto') return { do: 'goto', chain: target }
  if (PASSING.has(target)) return { do: 'next' }
  switch (target) {
    case 'ACCEPT':
      return { do: 'accept' }
    case 'DROP':
      return { do: 'drop' }
    case 'REJECT':
      return { do: 'reject' }
    case 'RETURN':
      return { do: 'return' }
    case 'NOTRACK':
      return { do: 'notrack' }
    case 'CT':
      return has('--notrack') ? { do: 'notrack' } : { do: 'next' }
    case 'MARK':
      return { do: 'mark' }
    case 'CONNMARK':
      return has('--restore-mark') ? { do: 'mark' } : { do: 'next' }
    case 'MASQUERADE':
      return { do: 'masquerade', by: null }
    case 'SNAT':
      return {
        do: 'masquerade',
        by:
          rangeOf(/^\[?([^\]]*?)\]?(?::[\d-]+)?$/.exec(value('--to-source') ?? '')?.[1] ?? '') ??
          EVERY_ADDRESS,
      }
    case 'REDIRECT': {
      const ports = value('--to-ports')
      const read = ports === undefined ? null : portsOf(ports, /-/)
      return ports !== undefined && read === null ? unknown : { do: 'translate', to: 'here', ports: read }
    }
    case 'DNAT':
      return destination(value('--to-destination') ?? '', family) ?? unknown
    case 'NETMAP':
    case 'NFQUEUE':
    case 'QUEUE':
    case 'TPROXY':
    case 'SYNPROXY':
    case 'HMARK':
      return unknown
    default:
      return { do: 'jump', chain: target }
  }
}

const PASSING = new Set(
  `LOG NFLOG ULOG TRACE CHECKSUM TCPMSS TCPOPTSTRIP CLASSIFY DSCP TOS TTL HL ECN SECMARK CONNSECMARK SET TEE AUDIT
   RATEEST IDLETIMER LED`.split(/\s+/),
)

/** `10.0.0.2:80`, `10.0.0.2-10.0.0.5:80-90`, `[fd00::2]:80`, `:80`. */
function destination(text: string, family: 'ip' | 'ip6'): FilterVerdict | null {
  const pattern = family === 'ip' ? /^([\d.-]*)(?::([\d-]+))?$/ : /^(?:\[([^\]]*)\](?::([\d-]+))?|([^[\]]*))$/
  const [, first, port, bare] = pattern.exec(text) ?? []
  const address = first ?? bare ?? ''
  const to = address === '' ? null : rangeOf(address)
  const ports = port === undefined ? null : portsOf(port, /-/)
  if ((address !== '' && to === null) || (port !== undefined && ports === null)) return null
  return to === null && ports === null ? null : { do: 'translate', to, ports }
}
