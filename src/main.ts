#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Node's own cache of compiled code: a warm start is a third faster. Only an optimisation, so failure is no matter.
enableCompileCache()

const { runCommandLine } = await import('./cli/program.ts')
const { runtimeOf } = await import('./wiring/runtime.ts')
const { VERSION } = await import('./wiring/environment.ts')

process.exitCode = await runCommandLine(process.argv.slice(2), runtimeOf(process), VERSION)
