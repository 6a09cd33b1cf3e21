import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    // The content security policy has no data: for fonts and scripts; images stay files as well.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // zod is told to compile nothing in the chunk that holds it: any schema in another is made after that.
        codeSplitting: { groups: [{ name: 'zod', test: /node_modules\/zod\/|src\/api\/jitless/ }] },
      },
    },
  },
})
