import type { z } from 'zod'
import { LogBookmark, LogSet } from '../../shared/domain/log-kept'
import type { Meta } from '../storage/secrets'

const most = 500

/** Things with an id under one name of the storage. What cannot be read is left out. */
export function keptList<S extends z.ZodType<{ id: string }>>(meta: Pick<Meta, 'get' | 'set'>, key: string, schema: S) {
  const list = (): z.infer<S>[] => {
    let read: unknown
    try {
      read = JSON.parse(meta.get(key) ?? '[]')
    } catch {
      return []
    }
    return (Array.isArray(read) ? read : []).flatMap((one) => {
      const parsed = schema.safeParse(one)
      return parsed.success ? [parsed.data] : []
    })
  }
  const put = (all: readonly z.infer<S>[]) => meta.set(key, JSON.stringify(all.slice(-most)))
  return {
    list,
    /** In its place where it is known, else at the end; the oldest goes beyond 500. */
    save(one: z.infer<S>): void {
      const all = list()
      const place = all.findIndex(({ id }) => id === one.id)
      put(place < 0 ? [...all, one] : all.with(place, one))
    },
    remove: (id: string): void => put(list().filter((one) => one.id !== id)),
  }
}

/** Saved sets and bookmarks. */
export const createKeptLogs = (meta: Pick<Meta, 'get' | 'set'>) => ({
  sets: keptList(meta, 'log-sets', LogSet),
  bookmarks: keptList(meta, 'log-bookmarks', LogBookmark),
})
export type KeptLogs = ReturnType<typeof createKeptLogs>
