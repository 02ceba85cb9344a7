import { mkdtempSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** Builds the supervisor as it ships, for tests that run it. Answers the command that starts it, and a way to remove it. */
export async function builtSupervisor(): Promise<{ command: string[]; remove(): void }> {
  // Below the project, so that native packages are found from there.
  const folder = mkdtempSync(join(root, 'node_modules', '.slipway-test-'))
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(root, 'src/main/supervisor/main.ts'),
      outDir: folder,
      emptyOutDir: false,
      target: 'node22',
      rollupOptions: { output: { entryFileNames: 'supervisor.mjs' } },
    },
  })
  return {
    command: [process.execPath, join(folder, 'supervisor.mjs')],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
