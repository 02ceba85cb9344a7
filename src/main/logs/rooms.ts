import { defaultLogSettings } from '../../shared/domain/log'
import { Archive } from './archive/archive'
import { Searchers } from './archive/searchers'
import type { LogCaller, LogPorts } from './ports'
import { Tails } from './tails'
import { problem } from './text'
import { Timeline } from './timeline'
import type { View } from './view'
import { watchers } from './watchers'

interface OpenView {
  view: View
  clientId: string
  /** Ends the stream that follows it, if any. */
  follower: AbortController | null
}

/** The views that are open, over one timeline and the tails of their sources. */
export function openRooms(ports: LogPorts) {
  const searchers = new Searchers(ports.searcher ?? null)
  const views = new Map<string, OpenView>()
  const each = (act: (view: View) => void) => {
    for (const { view } of views.values()) act(view)
  }
  const settings = ports.settings ?? (() => defaultLogSettings)
  const limits = () => ({ bytes: settings().keepBytes, days: settings().keepDays })
  const archive =
    ports.folder === undefined ? null : new Archive(ports.folder, ports.clock, limits, (filled) => searchers.pack(filled))
  const timeline = new Timeline({
    clock: ports.clock,
    redactor: ports.redactor,
    windowMs: () => settings().windowMs,
    archive,
    limits: ports.limits ?? {},
    placed: (slots) => {
      each((view) => view.offer(slots))
      watched.offer(slots)
    },
    pruned: () => each((view) => view.prune()),
  })
  const tails = new Tails(ports, timeline, (id) => each((view) => view.sources.includes(id) && view.wake()))
  const watched = watchers(timeline.kept, () => ports.clock.now())
  const retail = () => tails.want(new Set([...[...views.values()].flatMap(({ view }) => view.sources), ...watched.sources()]))
  return {
    views,
    archive,
    searchers,
    timeline,
    tails,
    watched,
    retail,
    viewOf(viewId: string, { clientId }: LogCaller): OpenView {
      const open = views.get(viewId)
      if (!open || open.clientId !== clientId) throw problem('view-gone', {})
      return open
    },
    end(viewId: string): void {
      const open = views.get(viewId)
      if (!open) return
      views.delete(viewId)
      open.follower?.abort()
      retail()
    },
  }
}
