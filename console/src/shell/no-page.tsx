import { Link } from '@tanstack/react-router'

import { Page } from '../ui/page.tsx'

export function NoPage() {
  return (
    <Page title="There is no such page">
      <p>
        The address names nothing in this console. <Link to="/ports">See all ports</Link> or press Ctrl or ⌘
        and K to find one.
      </p>
    </Page>
  )
}
