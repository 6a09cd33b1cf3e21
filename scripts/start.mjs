// npm start [-- ARGS]: Portreeve on this machine's own ports. ARGS go to `portreeve up`.
import { build, install, MAIN, run } from './prepare.mjs'

install()
build()
process.exitCode = await run([MAIN, 'up', ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
})
