import { z } from 'zod'
import { everything, LogFilter } from './log'

/** What a link to logs carries beyond the placement: a filter, sources, a moment. It shows; it asks for nothing and does nothing. */
export const LogLink = z.object({
  filter: LogFilter,
  /** All that is shown; null: all of the placement, or of everything. */
  sources: z.array(z.string().max(1200)).max(200).nullable(),
  at: z.int().nonnegative().nullable(),
})
export type LogLink = z.infer<typeof LogLink>

const keys = ['text', 'regex', 'exclude', 'level', 'fields', 'context', 'range', 'folded', 'sources', 'at'] as const
const field = /^(-?)([^=\n]{1,100})=([\s\S]*)$/

/** The query of a link: only what differs from a view of everything. */
export function queryOf({ filter, sources, at }: LogLink): Record<string, string> {
  const { text, regex, exclude, level, fields, context, range, folded } = filter
  return {
    ...(text !== '' && { text }),
    ...(regex && { regex: '1' }),
    ...(exclude !== '' && { exclude }),
    ...(level !== null && { level }),
    ...(fields.length > 0 && { fields: JSON.stringify(fields.map((one) => `${one.exclude ? '-' : ''}${one.key}=${one.value}`)) }),
    ...(context > 0 && { context: String(context) }),
    ...(range !== null && { range: `${range.from}-${range.to}` }),
    ...(folded && { folded: '1' }),
    ...(sources !== null && { sources: JSON.stringify(sources) }),
    ...(at !== null && { at: String(at) }),
  }
}

const Words = z.array(z.string().max(1300)).max(200)

function wordsIn(json: string | undefined): string[] | null {
  if (json === undefined) return []
  try {
    return Words.parse(JSON.parse(json))
  } catch {
    return null
  }
}

/** What a query says; null where it says nothing of logs, or something that cannot be. */
export function linkIn(query: Readonly<Record<string, string>>): LogLink | null {
  if (!keys.some((key) => key in query)) return null
  const fields = wordsIn(query['fields'])?.map((one) => field.exec(one))
  const range = /^(\d{1,15})-(\d{1,15})$/.exec(query['range'] ?? '')
  const link = LogLink.safeParse({
    filter: {
      ...everything,
      text: query['text'] ?? '',
      regex: query['regex'] === '1',
      exclude: query['exclude'] ?? '',
      level: query['level'] ?? null,
      fields: fields?.map((one) => ({ exclude: one?.[1] === '-', key: one?.[2], value: one?.[3] })) ?? null,
      context: Number(query['context'] ?? 0),
      range: query['range'] === undefined ? null : { from: Number(range?.[1]), to: Number(range?.[2]) },
      folded: query['folded'] === '1',
    },
    sources: query['sources'] === undefined ? null : (wordsIn(query['sources']) ?? undefined),
    at: query['at'] === undefined ? null : Number(query['at']),
  })
  return link.success ? link.data : null
}
