import { enableCompileCache } from 'node:module'

// A thread has a cache of compiled code of its own to turn on, and it must be on before anything large is loaded.
enableCompileCache()

await import('./book-thread.ts')
