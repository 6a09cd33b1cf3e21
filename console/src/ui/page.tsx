import { useEffect, type ReactNode } from 'react'

interface Props {
  readonly title: string
  /** Shown in place of the title where it needs more than text. */
  readonly heading?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

export function Page({ title, heading, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Portreeve`
  }, [title])
  return (
    <>
      <div className="page-head">
        <h1>{heading ?? title}</h1>
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </>
  )
}

interface SectionProps {
  readonly id: string
  readonly title: string
  readonly aside?: ReactNode
  readonly children: ReactNode
}

export function Section({ id, title, aside, children }: SectionProps) {
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id}>{title}</h2>
        {aside && <div className="soft">{aside}</div>}
      </div>
      {children}
    </section>
  )
}
