import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { usualDataDir } from '../folders'
import { problem } from '../text'

export type Wish =
  | { does: 'serve'; port: number | null; dataDir: string; open: boolean }
  | { does: 'url'; dataDir: string }
  | { does: 'help' }
  | { does: 'version' }

export const help = `Slipway moves proven releases between environments.

  slipway                serve the app on this computer and open it in a browser
  slipway url            print a fresh address of the Slipway that is running

  --port N               listen on this port of 127.0.0.1 (a free one otherwise)
  --data DIR             keep the workspace in this folder
  --no-open              print the address, open nothing
  --version, --help`

/** What the command line asks for. Throws `bad-flag`. */
export function wishIn(args: readonly string[]): Wish {
  const { values, positionals } = parsed(args)
  if (values.help) return { does: 'help' }
  if (values.version) return { does: 'version' }
  const dataDir = values.data === undefined ? usualDataDir() : resolve(values.data)
  const [word, ...more] = positionals
  if (more.length > 0 || (word !== undefined && word !== 'url')) {
    throw problem('bad-flag', { flag: more[0] ?? word ?? '', why: 'no such command' })
  }
  if (word === 'url') return { does: 'url', dataDir }
  return { does: 'serve', port: portIn(values.port), dataDir, open: !values['no-open'] }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        'no-open': { type: 'boolean' },
        web: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    const flag = args.find((arg) => arg.startsWith('-')) ?? 'The command line'
    throw problem(
      'bad-flag',
      { flag: error instanceof Error ? (/'([^']+)'/.exec(error.message)?.[1] ?? flag) : flag, why: 'not understood' },
      error,
    )
  }
}

function portIn(text: string | undefined): number | null {
  if (text === undefined) return null
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw problem('bad-flag', { flag: '--port', why: `${JSON.stringify(text)} is no port number from 1 to 65535` })
  return port
}
