import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

export default defineConfig({
  main: {
    build: {
      rollupOptions: {
        input: {
          index: 'src/main/hosts/electron/main.ts',
          web: 'src/main/hosts/web/main.ts',
          supervisor: 'src/main/supervisor/main.ts',
          'log-search': 'src/main/logs/archive/worker.ts',
        },
      },
    },
  },
  preload: {
    build: {
      rollupOptions: {
        input: { index: 'src/preload/index.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react()],
    // The page's policy allows no data: fonts, so nothing is put inline.
    build: {
      minify: true,
      assetsInlineLimit: 0,
      rollupOptions: {
        input: 'src/renderer/index.html',
        // Beside zod in its own chunk, `no-eval` runs before any chunk makes a schema.
        output: { codeSplitting: { groups: [{ name: 'zod', test: /node_modules[\\/]zod[\\/]|no-eval/ }] } },
      },
    },
  },
})
