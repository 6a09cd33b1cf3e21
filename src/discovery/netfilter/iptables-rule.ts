import { NEVER } from '../../model/packet-filter.ts'
import type { FilterRule, FilterVerdict, PacketMatch } from '../../model/packet-filter.ts'
import { iptablesOption } from './iptables-option.ts'
import { iptablesTarget } from './iptables-target.ts'
import type { IptablesOption, IptablesWord } from './iptables-words.ts'

export interface IptablesContext {
  readonly family: 'ip' | 'ip6'
  readonly text: string
  readonly source: string
}

/** The words behind `-A CHAIN`. An option that is not modelled makes the rule *unknown*, never wider or narrower. */
export function iptablesRule(words: readonly IptablesWord[], context: IptablesContext): FilterRule {
  const options = optionsOf(words)
  const at = options.findIndex(({ name }) => TARGET.has(name))
  const matches: PacketMatch[] = [{ on: 'family', is: context.family === 'ip' ? 'ipv4' : 'ipv6' }]
  for (const option of at === -1 ? options : options.slice(0, at)) {
    const more = option.name === '-m' ? ofModule(option) : iptablesOption(option, context.family)
    matches.push(...(more ?? [{ on: 'unknown', text: optionText(option) } as const]))
  }
  const verdict: FilterVerdict =
    at === -1 ? { do: 'next' } : iptablesTarget(options[at]!, options.slice(at + 1), context.family)
  return { matches: simple(matches), verdict, text: context.text, source: context.source }
}

const TARGET = new Set(['-j', '-g', '--jump', '--goto'])

/** These only bring options that say what they ask; any other module asks something by being named. */
const ASKING_NOTHING = new Set(
  'tcp udp sctp multiport conntrack state addrtype iprange comment mark icmp icmp6 ipv6-icmp'.split(' '),
)

function ofModule({ values }: IptablesOption): readonly PacketMatch[] | null {
  return ASKING_NOTHING.has(values[0] ?? '') ? [] : null
}

function optionsOf(words: readonly IptablesWord[]): IptablesOption[] {
  const options: { name: string; values: string[]; not: boolean }[] = []
  let not = false
  for (const { text, quoted } of words) {
    if (!quoted && text === '!') not = true
    else if (!quoted && text.startsWith('-')) {
      options.push({ name: text, values: [], not })
      not = false
    } else options.at(-1)?.values.push(text)
  }
  return options
}

function optionText({ name, values, not }: IptablesOption): string {
  return [...(not ? ['!'] : []), name, ...values].join(' ')
}

function simple(matches: readonly PacketMatch[]): readonly PacketMatch[] {
  return matches.some((match) => match === NEVER) ? [NEVER] : matches
}
