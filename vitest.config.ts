import { configDefaults, defineConfig } from 'vitest/config'

/** Tests of something that this machine lacks; `scripts/test.mjs` names them. */
const leftOut = (process.env['SLIPWAY_LEFT_OUT'] ?? '').split(',').filter(Boolean)
const shared = { testTimeout: 30_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'rooms',
          include: ['src/**/*.test.{ts,tsx}', 'test/engine/**/*.test.ts', 'test/storage/**/*.test.ts', 'test/api/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...leftOut],
          ...shared,
        },
      },
      {
        // Whole programs and browsers: one file after another, so that they do not take the machine from each other.
        test: {
          name: 'whole',
          include: ['test/{hosts,packaging,e2e,crash}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...leftOut, 'test/e2e/electron/**'],
          fileParallelism: false,
          ...shared,
          testTimeout: 120_000,
        },
      },
      {
        // Real hosts, a lab for each of two workers, which wait more than they work; last, when the image of a host is made.
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...leftOut],
          globalSetup: ['test/lab/global.ts'],
          setupFiles: ['test/lab/setup.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
