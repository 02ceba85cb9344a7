import { ORPCError, implement } from '@orpc/server'
import { contract } from '../../shared/api'
import { LinkLost, ProblemError, problemsFrom, type Problem } from '../../shared/domain/problem'
import type { CallerContext } from '../app'

export const problem = problemsFrom({
  'invalid-input': ({ fields }: { fields: { field: string; why: string }[] }) => ({
    message: fields.map(({ field, why }) => (field ? `${field}: ${why}` : why)).join('; '),
    fix: 'Correct it and try again.',
  }),
  internal: ({ call }: { call: string }) => ({
    message: `Something went wrong inside Slipway (${call}).`,
    fix: 'Try again. If it stays, save a report from Settings: it has the details.',
  }),
  'not-found': ({ noun }: { noun: string }) => ({
    message: `This ${noun} is not there any more.`,
    fix: 'Go back to Fleet: it shows what there is now.',
  }),
  'log-search-there': ({ name }: { name: string }) => ({
    message: `Whatever runs ${name} hands out whole lines only: it cannot look for a word.`,
    fix: 'Search what is kept here, or the files that it writes on its server.',
  }),
  'slug-taken': ({ noun, slug }: { noun: string; slug: string }) => ({
    message: `There is already ${noun === 'app' ? 'an' : 'a'} ${noun} ${slug}.`,
    fix: 'Choose another name.',
  }),
  'still-running': ({ app, where }: { app: string; where: string }) => ({
    message: `${app} still runs in ${where}.`,
    fix: 'Stop it there first.',
  }),
  'environment-in-use': ({ environment, apps }: { environment: string; apps: string[] }) => ({
    message: `${environment} still has ${apps.join(', ')}.`,
    fix: 'Remove these apps first.',
  }),
  'connection-in-use': ({ name, used }: { name: string; used: number }) => ({
    message: `${name} is still used by ${used === 1 ? 'one target' : `${used} targets`}.`,
    fix: 'Give these targets another connection, or remove them, first.',
  }),
  'registry-there': ({ host, name }: { host: string; name: string }) => ({
    message: `There is a connection to ${host} already${name === host ? '' : `: ${name}`}.`,
    fix: 'Change that one.',
  }),
  'provider-cannot': ({ provider, service, kind }: { provider: string; service: string; kind: string }) => ({
    message: `${provider} does not take what ${service} is: ${kind === 'image' ? 'an image' : 'a bundle'}.`,
    fix: 'Choose another place for it.',
  }),
  'connection-unfit': ({ name, provider }: { name: string; provider: string }) => ({
    message: `${name} is not a connection that ${provider} can work on.`,
    fix: 'Choose another connection.',
  }),
  'typed-name-wrong': ({ name }: { name: string }) => ({ message: `${name} is protected.`, fix: `Type ${name} to go on.` }),
  'cannot-shell': ({ what }: { what: string }) => ({
    message: `There is no way to ${what} there.`,
    fix: 'Choose a service that runs in containers.',
  }),
  'terminal-gone': () => ({ message: 'This terminal was closed.', fix: 'Open it again.' }),
  'order-incomplete': () => ({ message: 'The new order does not name every environment once.', fix: 'Load the page again.' }),
  'settings-moved': ({ number }: { number: number }) => ({
    message: `These settings were saved by another window meanwhile (revision ${number}).`,
    fix: 'Load them again; your entries are still in the form.',
  }),
  'key-twice': ({ key }: { key: string }) => ({ message: `${key} is there twice.`, fix: 'Remove one of them.' }),
  'run-in-the-way': () => ({
    message: 'A run is going on here; until it is over, nothing else is changed.',
    fix: 'Wait for the run, then try again.',
  }),
  'secret-lost': ({ key }: { key: string }) => ({
    message: `${key} has no kept value to go on with.`,
    fix: 'Type its value again.',
  }),
  'view-gone': () => ({ message: 'This view of the logs was closed.', fix: 'Open it again.' }),
  'cannot-choose': () => ({ message: 'This host has no folder dialog.', fix: 'Type or pick the path.' }),
  'folder-unreadable': ({ folder, why }: { folder: string; why: string }) => ({
    message: `${folder} cannot be read: ${why}.`,
    fix: 'Choose another folder.',
  }),
  'address-refused': () => ({ message: 'Only https addresses, and http ones on this computer, are opened.' }),
  'no-command': () => ({
    message: 'The command is empty or has an open quote.',
    fix: 'Write the program and its arguments, as you would type them.',
  }),
  'nothing-to-release': () => ({
    message: 'No service was given a source, and nothing is running to take the rest from.',
    fix: 'Choose a folder for at least one service.',
  }),
  'service-without-artifact': ({ services }: { services: string[] }) => ({
    message: `${services.join(', ')} would have nothing to run: it has no source here and nothing of it runs there.`,
    fix: 'Choose a source for it too.',
  }),
  'demo-failed': ({ why }: { why: string }) => ({
    message: `The demo could not be made: ${why}`,
    fix: 'Open its last run to see why, or remove the app and try again.',
  }),
  'webhook-refused': () => ({
    message: 'A webhook is an https address, or an http one on this computer.',
    fix: 'Give the whole address, as in https://example.com/hook.',
  }),
  'webhook-failed': ({ why }: { why: string }) => ({
    message: `The webhook was not reached: ${why}.`,
    fix: 'Try its address from this computer, and save the rule again.',
  }),
  'not-drifted': () => ({ message: 'What runs there is a known release already.', fix: 'There is nothing to adopt.' }),
})

/** What an unexpected error looks like in the own log; never on screen. */
export type LogError = (call: string, error: unknown) => void

function asProblem(error: unknown, call: string, logError: LogError): Problem | null {
  if (error instanceof ProblemError || error instanceof LinkLost) return error.problem
  if (error instanceof ORPCError) {
    const issues = error.code === 'BAD_REQUEST' ? issuesIn(error.data) : null
    if (issues) return problem('invalid-input', { fields: issues }).problem
    if (error.defined || error.code === 'NOT_FOUND') return null
  }
  logError(call, error)
  return problem('internal', { call }).problem
}

function issuesIn(data: unknown): { field: string; why: string }[] | null {
  if (typeof data !== 'object' || data === null || !('issues' in data) || !Array.isArray(data.issues)) return null
  return data.issues.slice(0, 10).map((issue: { message?: unknown; path?: unknown }) => ({
    field: Array.isArray(issue.path) ? issue.path.map((part: unknown) => String(part)).join('.') : '',
    why: typeof issue.message === 'string' ? issue.message : 'it does not fit',
  }))
}

const typed = (found: Problem) => new ORPCError('PROBLEM', { status: 422, data: found, message: found.message, defined: true })

async function* guarded(events: AsyncIterable<unknown>, call: string, logError: LogError, gone: AbortSignal): AsyncGenerator {
  try {
    yield* events
  } catch (error) {
    if (gone.aborted) return
    const found = asProblem(error, call, logError)
    throw found ? typed(found) : error
  }
}

const isStream = (output: unknown): output is AsyncIterable<unknown> =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output

/** The contract's implementer: whatever goes wrong in a call leaves it as a problem. */
export const implementer = (logError: LogError) =>
  implement(contract)
    .$context<CallerContext>()
    .use(async ({ next, path, context }) => {
      const call = path.join('.')
      try {
        const result = await next()
        if (!isStream(result.output)) return result
        return { ...result, output: guarded(result.output, call, logError, context.gone) as typeof result.output }
      } catch (error) {
        const found = asProblem(error, call, logError)
        throw found ? typed(found) : error
      }
    })
export type Implementer = ReturnType<typeof implementer>
