import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** The bench as one file for a plain Node, with the packages left outside. `scripts/bench.mjs` says where to. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  build: {
    ssr: 'test/bench/main.ts',
    outDir: process.env['SLIPWAY_BENCH_OUT'] ?? 'out/bench',
    emptyOutDir: false,
    target: 'node22',
    rollupOptions: { output: { entryFileNames: 'main.mjs', chunkFileNames: '[name]-[hash].mjs' } },
  },
})
