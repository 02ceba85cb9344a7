import { LinkLost, ProblemError, type Problem } from '../../../shared/domain/problem'
import { problem } from './text'

export { problem }

/** The problem that an error carries; anything else is a fault of ours and goes on. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError || error instanceof LinkLost) return error.problem
  throw error
}
