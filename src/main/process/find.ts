import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { problem } from './text'

type Found = 'file' | 'not-executable' | null

function look(path: string): Found {
  try {
    if (!statSync(path).isFile()) return null
    accessSync(path, constants.X_OK)
    return 'file'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'not-executable' : null
  }
}

const suffixes = process.platform === 'win32' ? ['', '.exe', '.com'] : ['']

/**
 * Where a program is: beside `cwd` when it has a slash in it, else on `path`.
 * Throws `folder-missing`, `command-not-found` or `command-not-executable`.
 */
export function findProgram(program: string, cwd: string, path = process.env['PATH'] ?? ''): string {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw problem('folder-missing', { folder: cwd })
  const places =
    isAbsolute(program) || /[/\\]/.test(program)
      ? [resolve(cwd, program)]
      : path
          .split(delimiter)
          .filter(Boolean)
          .map((folder) => join(folder, program))
  let refused = false
  for (const place of places.flatMap((one) => suffixes.map((suffix) => one + suffix))) {
    const found = look(place)
    if (found === 'file') return place
    refused ||= found === 'not-executable'
  }
  throw refused ? problem('command-not-executable', { program }) : problem('command-not-found', { program })
}
