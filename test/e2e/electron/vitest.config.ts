import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const home = fileURLToPath(new URL('../../../node_modules/electron/', import.meta.url))
const named = `${home}path.txt`
const binary = existsSync(named) ? `${home}dist/${readFileSync(named, 'utf8')}` : null
const found = binary !== null && existsSync(binary)

// The real window, driven by Playwright. Collected only where Electron's binary is.
if (!found) process.stderr.write('Not collected: the tests that drive Electron, because its binary is not on this machine.\n')

export default defineConfig({
  test: {
    name: 'electron',
    root: fileURLToPath(new URL('../../..', import.meta.url)),
    include: found ? ['test/e2e/electron/**/*.test.ts'] : [],
    passWithNoTests: true,
    fileParallelism: false,
    testTimeout: 60_000,
  },
})
