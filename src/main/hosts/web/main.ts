import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ProblemError } from '../../../shared/domain/problem'
import { wishIn, help } from './flags'
import { serve, freshAddress } from './serve'

/** Where the package lies: the built file is `out/main/web.js`. */
const root = fileURLToPath(new URL('../../', import.meta.url))
const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version

async function main(): Promise<void> {
  const wish = wishIn(process.argv.slice(2))
  switch (wish.does) {
    case 'help':
      return void process.stdout.write(`${help}\n`)
    case 'version':
      return void process.stdout.write(`${version}\n`)
    case 'url':
      return await freshAddress(wish.dataDir)
    case 'serve':
      return await serve({ ...wish, version, root })
    default:
      return wish satisfies never
  }
}

/** Usage and what the person can choose otherwise end with 2; everything else with 1. */
const usage = new Set(['bad-flag', 'port-taken', 'port-refused'])

main().catch((error: unknown) => {
  const known = error instanceof ProblemError ? error.problem : null
  const words = known ? [known.message, known.fix ?? ''].join(' ').trim() : 'Slipway could not start.'
  process.stderr.write(`${words}\n`)
  if (!known) process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(known && usage.has(known.code) ? 2 : 1)
})
