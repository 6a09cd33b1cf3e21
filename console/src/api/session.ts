import { useSyncExternalStore } from 'react'

/**
 * Whether the server last said that this browser is signed in. One place, because any answer may say so and
 * every page must give way to it.
 */
let signedIn = true
const listeners = new Set<() => void>()

export function sayThatSignedIn(value: boolean): void {
  if (signedIn === value) return
  signedIn = value
  for (const listener of listeners) listener()
}

export function useSignedIn(): boolean {
  return useSyncExternalStore(subscribe, () => signedIn)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
