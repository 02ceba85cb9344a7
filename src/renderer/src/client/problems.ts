import { ORPCError } from '@orpc/client'
import type { Problem } from '../../../shared/domain/problem'

/** The link to the owner is away; the call may be made again when it is back. */
export class LinkAway extends Error {
  constructor() {
    super('The link to Slipway is away.')
    this.name = 'LinkAway'
  }
}

const made = (code: string, message: string, fix?: string, data: Problem['data'] = {}): Problem =>
  fix === undefined ? { code, data, message } : { code, data, message, fix }

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function badInput(data: unknown): Problem {
  const issues = isRecord(data) && Array.isArray(data['issues']) ? (data['issues'] as unknown[]) : []
  const words = issues.filter(isRecord).map((issue) => {
    const path = Array.isArray(issue['path']) ? issue['path'].map(String).join(' › ') : ''
    const message = typeof issue['message'] === 'string' ? issue['message'] : 'not understood'
    return path ? `${path}: ${message}` : message
  })
  return made(
    'bad-input',
    words.length > 0 ? words.join('. ') : 'One of the fields is not understood.',
    'Correct it and try again.',
  )
}

/** Whatever a call threw, as a problem fit for the screen. */
export function problemOf(error: unknown): Problem {
  if (error instanceof LinkAway) return made('link-away', error.message, 'It is being opened again; then try once more.')
  if (error instanceof ORPCError) {
    if (error.code === 'PROBLEM' && isRecord(error.data)) return error.data as unknown as Problem
    if (error.code === 'BAD_REQUEST') return badInput(error.data)
    if (error.code === 'NOT_FOUND') return made('not-found', 'This version of Slipway cannot do that.')
  }
  return made('unexpected', 'Slipway could not finish this.', 'Try again. If it stays so, save a report from Settings.')
}

/** Whether the owner itself answered with a problem, rather than the link being lost. */
export const isAnswer = (error: unknown) => error instanceof ORPCError
