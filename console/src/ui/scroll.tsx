import type { ReactNode, Ref } from 'react'

interface Props {
  /** What it holds, for those who do not see it. */
  readonly label: string
  readonly className?: string
  readonly isBusy?: boolean
  readonly ref?: Ref<HTMLElement>
  readonly children: ReactNode
}

/** What may be wider than the page. It takes focus, so that the arrow keys can scroll it (WCAG 2.1.1). */
export function Scroll({ label, className = 'scroll', isBusy = false, ref, children }: Props) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- see above
    <section className={className} aria-label={label} tabIndex={0} aria-busy={isBusy} ref={ref}>
      {children}
    </section>
  )
}
