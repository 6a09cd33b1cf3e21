import { userInfo } from 'node:os'
import { textOf } from './proc.ts'

// capabilities(7): the number of the bit in CapEff.
const READS_OTHERS = { bit: 2n, lacks: 'read the open files of other accounts (CAP_DAC_READ_SEARCH)' }
const SEES_PROCESSES = { bit: 19n, lacks: 'see the processes of other accounts (CAP_SYS_PTRACE)' }
const ENTERS_NAMESPACES = { bit: 21n, lacks: 'enter other network namespaces (CAP_SYS_ADMIN)' }

/** `root`, or what this process runs as and what it may therefore not do. */
export function privileges(): string {
  const effective = BigInt(`0x${/^CapEff:\t([\da-f]+)$/m.exec(textOf('/proc/self/status'))?.[1] ?? '0'}`)
  const lacks = [READS_OTHERS, SEES_PROCESSES, ENTERS_NAMESPACES].filter(
    ({ bit }) => ((effective >> bit) & 1n) === 0n,
  )
  const who = process.geteuid?.() === 0 ? 'root' : accountName()
  return lacks.length === 0 ? who : `${who}, may not ${lacks.map((right) => right.lacks).join(' nor ')}`
}

/** A container's account may have no name. */
function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return `account ${process.geteuid?.() ?? 'unknown'}`
  }
}
