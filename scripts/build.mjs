// npm run build: dist/ for publishing.
import { build, install } from './prepare.mjs'

install()
build()
