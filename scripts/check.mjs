// Types, lint, dependency rules, dead code, format: `npm run check`. Each part is bounded in time, and each is run.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
// Fewer cruised modules than this means that the cruiser saw nothing, not that all is well.
const fewestModules = 300

function run(name, command, judge = (result) => result.status === 0) {
  const begun = Date.now()
  const result = spawnSync(command[0], command.slice(1), {
    cwd: root,
    encoding: 'utf8',
    timeout: 300_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  const fine = result.error === undefined && judge(result)
  console.log(`${fine ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`)
  if (!fine) console.log(result.error?.message ?? `${result.stdout}${result.stderr}`)
  return fine
}

const bin = (name) => `${root}node_modules/.bin/${name}`

const results = [
  run('types', [bin('tsc'), '-p', '.']),
  run(
    'lint',
    [bin('oxlint'), '--type-aware', '--deny-warnings', 'src', 'test', 'scripts'],
    // Without its tsconfig the linter drops the type-aware findings and says so in one line only.
    (result) => result.status === 0 && !`${result.stdout}${result.stderr}`.includes('Invalid tsconfig'),
  ),
  run('dependency rules', [bin('depcruise'), 'src', '--output-type', 'json', '--config', '.dependency-cruiser.cjs'], (result) => {
    const { summary } = JSON.parse(result.stdout)
    for (const { rule, from, to } of summary.violations) console.log(`     ${rule.name}: ${from} → ${to}`)
    if (summary.totalCruised < fewestModules) console.log(`     only ${summary.totalCruised} modules were cruised`)
    result.stdout = ''
    return summary.violations.length === 0 && summary.totalCruised >= fewestModules
  }),
  run('dead code', [bin('knip')]),
  run('format', [bin('oxfmt'), '--check', 'src', 'test', 'scripts']),
]
process.exitCode = results.every(Boolean) ? 0 : 1
