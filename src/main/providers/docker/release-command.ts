import type { StepEvent } from '../provider'
import { create, inspect, remove, start } from './containers'
import { optionsFor } from './create'
import { followLines } from './lines'
import { prefixOf } from './names'
import { problem } from './text'
import { fenced, handles, type Work } from './work'

/** The container of a run's release command: its end stays there until the next one, so that a cut link loses nothing. */
export const releaseCommandName = ({ context }: Pick<Work, 'context'>) =>
  `${prefixOf(context)}-release-${context.runId.slice(-12)}`

/** Runs the release command once, in a container of the new image with the service's settings. */
export async function* runReleaseCommand(work: Work): AsyncGenerator<StepEvent> {
  const { host, context, settings, signal } = work
  const command = context.service.releaseCommand
  if (!command) return
  const name = releaseCommandName(work)
  const before = await inspect(host, name, signal)
  if (before?.State.Status === 'exited' && before.State.ExitCode === 0) {
    yield { type: 'progress', words: 'it ran before, and ended well', done: null, total: null }
    return
  }
  if (!before?.State.Running) {
    await fenced(work, `release command on ${host.name}`, handles.command(name), async () => {
      // One that failed is run again only because somebody asked for it: the step was retried.
      if (before) await remove(host, name, signal)
      await create(host, await optionsFor(context, settings, name, { role: 'release-command', command }), signal)
      await start(host, name, signal)
    })
  }
  yield { type: 'progress', words: 'it runs', done: null, total: null }
  for await (const lines of followLines(host, name, { since: '', tty: false }, signal))
    yield { type: 'output', text: lines.map((line) => line.text).join('\n') }
  signal.throwIfAborted()
  yield* judge(work, name, command.join(' '))
}

async function* judge({ host, clock, signal }: Work, name: string, command: string): AsyncGenerator<StepEvent> {
  let end = await inspect(host, name, signal)
  // The output may end a moment before the container does.
  for (; end?.State.Running; end = await inspect(host, name, signal)) await clock.sleep(200, signal)
  if (!end) throw problem('release-command-lost', { command })
  if (end.State.ExitCode !== 0)
    throw problem('release-command-failed', {
      command,
      exit: end.State.OOMKilled ? 'too little memory' : `code ${end.State.ExitCode}`,
    })
  yield { type: 'progress', words: 'it ended well', done: null, total: null }
}
