import type { z } from 'zod'
import type { Repository } from '../ports'
import type { DocumentTableName, Storage } from './database'
import { orFullLater } from './full'
import { problem } from './text'

export interface Shape<T> {
  table: DocumentTableName
  schema: z.ZodType<T>
  id(record: T): string
  parent?(record: T): string
  position?(record: T): number
  changed(): void
}

/** A repository over one table. What is read is parsed: a record that does not fit is a problem, never a guess. */
export function repository<T>(storage: Storage, shape: Shape<T>): Repository<T> {
  const { table, schema } = shape
  const parse = (row: { id: string; body: string }): T => {
    const parsed = schema.safeParse(JSON.parse(row.body))
    if (parsed.success) return parsed.data
    throw problem('record-unreadable', { table, id: row.id, why: parsed.error.issues[0]?.message ?? 'it does not fit' })
  }
  return {
    async get(id) {
      const row = await storage.query.selectFrom(table).select(['id', 'body']).where('id', '=', id).executeTakeFirst()
      return row ? parse(row) : null
    },
    async list(parent) {
      const all = storage.query.selectFrom(table).select(['id', 'body']).orderBy('position').orderBy('id')
      const rows = await (parent === undefined ? all : all.where('parent', '=', parent)).execute()
      return rows.map(parse)
    },
    async put(record) {
      const row = {
        parent: shape.parent?.(record) ?? '',
        position: shape.position?.(record) ?? 0,
        body: JSON.stringify(record),
      }
      await orFullLater(storage.raw.name, () =>
        storage.query
          .insertInto(table)
          .values({ id: shape.id(record), ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute(),
      )
      shape.changed()
    },
    async remove(id) {
      await storage.query.deleteFrom(table).where('id', '=', id).execute()
      shape.changed()
    },
  }
}
