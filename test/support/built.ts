import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

/** Bundles entries of the sources for a plain Node, with the packages left outside. Answers the folder of the built files. */
export async function bundle(entries: Record<string, string>): Promise<{ folder: string; remove(): void }> {
  // Inside the checkout, so that packages resolve.
  const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.slipway-test-'))
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      target: 'node22',
      rollupOptions: { input: entries, output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' } },
    },
  })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A short folder for sockets: their paths may have 107 bytes. */
export const shortFolder = (name: string) => mkdtempSync(join(tmpdir(), `sw-${name}-`))
