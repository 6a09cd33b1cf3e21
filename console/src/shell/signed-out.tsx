import { Page } from '../ui/page.tsx'

interface Props {
  readonly title?: string
}

/** The way in, said where it is needed: a link is made on the machine, never in the browser. */
export function SignedOut({ title = 'You are signed out' }: Props) {
  return (
    <Page title={title}>
      <p className="sentence">
        Portreeve lets in whoever holds a one-time link from the machine that it runs on.
      </p>
      <p>On that machine, run this and open the link that it prints:</p>
      <pre className="block">
        <code>portreeve link</code>
      </pre>
      <p className="soft">
        A link works once and for a short time. Where Portreeve was just started for the first time, the link
        stands in its terminal.
      </p>
    </Page>
  )
}
