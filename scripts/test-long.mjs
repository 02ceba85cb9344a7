// The long form of the tests: `npm run test:long -- --minutes N --seed S`. Repeats the kills at every point and a soak with random
// faults until the time is over. A failure names its seed; `--seed` with it does the same again.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string' }, rounds: { type: 'string', default: '500' } },
})
const minutes = Number(values.minutes)
const rounds = Number(values.rounds)
if (!(minutes > 0) || !(rounds > 0)) {
  console.error('Usage: npm run test:long -- [--minutes N] [--seed S] [--rounds N]')
  process.exit(2)
}
const end = Date.now() + minutes * 60_000
let seed = Number(values.seed ?? Date.now() % 1_000_000_000)
/** @type {string[]} */
const passed = []
/** @type {string[]} */
const failed = []

function run(name, file, env) {
  const result = spawnSync(join(root, 'node_modules', '.bin', 'vitest'), ['run', file], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  ;(result.status === 0 ? passed : failed).push(name)
}

do {
  run(`soak, ${rounds} rounds from seed ${seed}`, 'test/engine/soak.test.ts', {
    SLIPWAY_SEED: String(seed),
    SLIPWAY_SOAK_ROUNDS: String(rounds),
  })
  seed += rounds
  // A seed was given to see one failure again: then the kills are not asked for.
  if (values.seed !== undefined) continue
  const others = [
    ['a kill at every point of a promote', 'test/crash/crash.test.ts', { SLIPWAY_CRASH_ROUNDS: '1' }],
    ['a kill at every point of a deploy to three servers', 'test/lab/crash.test.ts', { SLIPWAY_LAB_CRASHES: '0' }],
    ['a thousand who want one lock', 'src/main/ssh/channels/locks.test.ts', { SLIPWAY_LOCK_ROUNDS: '100' }],
  ]
  for (const [name, file, env] of others) if (Date.now() < end) run(name, file, env)
} while (Date.now() < end && failed.length === 0)

for (const name of [...passed.map((one) => `passed  ${one}`), ...failed.map((one) => `FAILED  ${one}`)]) console.log(name)
console.log(`${passed.length} passed, ${failed.length} failed`)
process.exitCode = failed.length === 0 ? 0 : 1
