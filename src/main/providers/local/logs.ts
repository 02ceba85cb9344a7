import type { LocalHandle } from '../../supervisor/handle'
import type { Session } from '../provider'

/** One stream per target: all its copies write to it, and it lasts over restarts and replacements. */
export const logsOf = (client: LocalHandle['client']): NonNullable<Session['logs']> => ({
  streams: async ({ target, service }) => [{ id: target.id, name: service.slug }],
  follow: (stream, since, signal) => client.follow(stream, since, signal),
})
