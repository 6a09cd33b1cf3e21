import { Link } from '@tanstack/react-router'

/** Pages that exist, in the order in which a newcomer needs them. */
export const PAGES = [
  { to: '/', text: 'Overview' },
  { to: '/ports', text: 'Ports' },
  { to: '/coverage', text: 'Coverage' },
  { to: '/documents', text: 'Documents' },
  { to: '/declare', text: 'Declare' },
  { to: '/ledger', text: 'Ledger' },
  { to: '/evidence', text: 'Evidence' },
] as const

export function Navigation() {
  return (
    <nav aria-label="Pages" className="nav">
      <ul>
        {PAGES.map(({ to, text }) => (
          <li key={to}>
            <Link to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
              {text}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
