import { minimalEnvironment, outputOf } from '../process'
import { problem } from './text'

/** Runs a build command in a folder, without a shell, and gives its output line by line. Throws `build-failed`. */
export async function* runBuild(command: readonly string[], folder: string, signal: AbortSignal): AsyncGenerator<string> {
  const exit = yield* outputOf(command, { cwd: folder, env: minimalEnvironment() }, signal)
  if (exit.code === 0) return
  throw problem('build-failed', { command: command.join(' '), exit: exit.signal ? `signal ${exit.signal}` : `code ${exit.code}` })
}
