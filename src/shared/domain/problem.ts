import { z } from 'zod'

/** What went wrong, in a form that logic reads (code, data) and a person reads (message, fix). */
export const Problem = z.object({
  code: z.string().min(1).max(100),
  data: z.record(z.string(), z.json()),
  message: z.string(),
  /** The next step, in plain words. */
  fix: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>

type Words = { message: string; fix?: string }
export type ProblemTexts = Record<string, (data: never) => Words>

/** Thrown across the rooms. Carries a Problem; its message is fit for the screen. */
export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** A maker of problems from a table of sentences: `const problem = problemsFrom(texts)`, then `throw problem('port-taken', { port })`. */
export function problemsFrom<T extends ProblemTexts>(texts: T) {
  return <C extends keyof T & string>(
    code: C,
    data: Parameters<T[C]> extends [infer D] ? D : Record<string, never>,
    cause?: unknown,
  ): ProblemError => {
    const words = texts[code]?.(data as never)
    if (!words) throw new Error(`no text for the problem ${code}`)
    return new ProblemError({ code, data: data as Problem['data'], ...words }, { cause })
  }
}

/** The link was lost while something was under way: neither success nor failure until it is read back. */
export class LinkLost extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.message)
    this.name = 'LinkLost'
    this.problem = problem
  }
}
