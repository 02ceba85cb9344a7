import { LinkLost, ProblemError, type Problem } from '../../../shared/domain/problem'
import { problem } from './text'

interface EngineError {
  statusCode?: number
  json?: { message?: string } | null
  reason?: string
  code?: string
  message?: string
}

// Where the answer was to be a stream, docker-modem has the Engine's words in the message alone: `(HTTP code 500) server error - …`.
const said = (error: EngineError) =>
  (error.json?.message ?? error.message?.replace(/^\(HTTP code \d+\) .*? - /, '') ?? error.reason ?? 'it did not say why')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 500)

const asError = (error: unknown): EngineError =>
  typeof error === 'object' && error !== null ? error : { message: String(error) }

/** The Engine's status code in an error; null where it is none of the Engine's. */
export const statusOf = (error: unknown): number | null => asError(error).statusCode ?? null

/** What the Engine answered, as a problem. `what` completes "refused to …". */
export function problemFrom(error: unknown, host: string, what: string): Error {
  if (error instanceof ProblemError || error instanceof LinkLost) return error
  const found = asError(error)
  const why = said(found)
  const port = /(?:bind for|listen tcp)[^:]*:(\d+)/i.exec(why)?.[1] ?? /:(\d+)(?::| )[^:]*address already in use/i.exec(why)?.[1]
  if (/no space left on device|disk quota exceeded/i.test(why)) return problem('docker-disk-full', { host, what }, error)
  if (/port is already allocated|address already in use/i.test(why) && port)
    return problem('port-taken', { host, port: Number(port) }, error)
  if (found.statusCode === undefined) {
    // A socket that closed before the answer: what was asked may have been done.
    return new LinkLost(problem('docker-silent', { host, why: `${why} (${found.code ?? 'closed'})` }, error).problem)
  }
  return Object.assign(problem('docker-refused', { host, what, why }, error), { statusCode: found.statusCode })
}

/** The problem that an error carries; anything else is a fault of ours and goes on. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError || error instanceof LinkLost) return error.problem
  throw error
}
