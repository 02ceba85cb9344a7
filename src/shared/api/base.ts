import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { Problem } from '../domain/problem'

/** Every call may answer a problem: its text is fit for the screen, its code for logic. */
export const call = oc.errors({ PROBLEM: { status: 422, data: Problem } })

/** A stream of events. It ends when the client lets go of it. */
export const streamOf = <S extends z.ZodType>(schema: S) => eventIterator(schema)
