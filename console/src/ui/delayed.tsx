import { useEffect, useState, type ReactNode } from 'react'

/** Shows nothing for the first 300 ms: what answers at once should not flicker. */
export function Delayed({ children }: { readonly children: ReactNode }) {
  const [isDue, setDue] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), 300)
    return () => clearTimeout(timer)
  }, [])
  return isDue ? children : null
}
