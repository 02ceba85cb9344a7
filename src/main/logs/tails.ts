import type { PlacementId } from '../../shared/domain/ids'
import type { LogSource, SourceStatus } from '../../shared/domain/log'
import type { LogPorts } from './ports'
import { Tail } from './tail'
import { problem } from './text'
import type { Timeline } from './timeline'

const markerSource = (placementId: PlacementId) => `marker:${placementId}`

/** The sources that are known, and the tails of those that a view has. */
export class Tails {
  readonly #ports: LogPorts
  readonly #timeline: Timeline
  readonly #changed: (sourceId: string) => void
  readonly #known = new Map<string, LogSource>()
  readonly #tails = new Map<string, Tail>()
  readonly #marked = new Set<PlacementId>()
  readonly #endMarkers: () => void

  constructor(ports: LogPorts, timeline: Timeline, changed: (sourceId: string) => void) {
    this.#ports = ports
    this.#timeline = timeline
    this.#changed = changed
    this.#endMarkers = ports.markers.subscribe((marker) => {
      if (this.#marked.has(marker.placementId)) timeline.mark(markerSource(marker.placementId), marker)
    })
  }

  know(sources: readonly LogSource[]): void {
    for (const source of sources) this.#known.set(source.id, source)
  }

  /** How people know a source. */
  readonly nameOf = (id: string): string => this.#known.get(id)?.name ?? id

  /** Those of these that are known. */
  of(ids: readonly string[]): LogSource[] {
    return ids.flatMap((id) => this.#known.get(id) ?? [])
  }

  knows(ids: readonly string[]): boolean {
    return ids.every((id) => this.#known.has(id))
  }

  /** Asks for what is not known yet. What stays unknown has a status that says so. */
  async learn(ids: readonly string[]): Promise<void> {
    const unknown = () => ids.filter((id) => !this.#known.has(id))
    const own = await Promise.all(unknown().map(async (id) => this.#ports.sourceOf?.(id) ?? null))
    this.know(own.filter((source) => source !== null))
    if (unknown().length > 0) this.know(await this.#ports.sources({}))
  }

  /** Names the rows of deploy markers that go with sources. */
  readonly markersOf = (ids: readonly string[]): string[] => this.#placements(ids).map(markerSource)

  /** Puts the deploys so far among the lines. */
  async mark(ids: readonly string[]): Promise<void> {
    for (const placementId of this.#placements(ids)) {
      if (this.#marked.has(placementId)) continue
      this.#marked.add(placementId)
      for (const marker of await this.#ports.markers.of(placementId)) this.#timeline.mark(markerSource(placementId), marker)
    }
  }

  /** Starts what is wanted and was not followed; stops what nobody wants any more. */
  want(ids: ReadonlySet<string>): void {
    for (const [id, tail] of this.#tails) if (!ids.has(id)) tail.stop()
    for (const id of ids) {
      const source = this.#known.get(id)
      if (source) (this.#tails.get(id) ?? this.#tailOf(source)).start()
    }
  }

  statuses(ids: readonly string[]): SourceStatus[] {
    const now = this.#ports.clock.now()
    const unknown = (id: string): SourceStatus => ({
      sourceId: id,
      state: 'failed',
      rate: 0,
      lagMs: 0,
      skewMs: null,
      zone: null,
      problem: problem('source-unknown', { id }).problem,
    })
    return ids.map((id) => this.#tails.get(id)?.status(now) ?? unknown(id))
  }

  close(): void {
    this.#endMarkers()
    this.want(new Set())
  }

  #placements(ids: readonly string[]): PlacementId[] {
    return [...new Set(ids.map((id) => this.#known.get(id)?.placementId).filter((id) => id !== undefined && id !== null))]
  }

  #tailOf(source: LogSource): Tail {
    const { clock } = this.#ports
    const made = new Tail(source, {
      clock,
      follow: (of, from, signal) => this.#ports.follow(of, from, signal),
      prepare: async (of, signal) => this.#ports.prepare?.(of, signal),
      take: (rows, cursor) => this.#timeline.take(source.id, rows, cursor),
      before: async (of) => this.#timeline.before(of.id),
      clean: (record) => this.#timeline.clean(record),
      correctsSkew: () => this.#ports.settings?.().correctSkew ?? false,
      room: (signal) => this.#timeline.room(signal),
      changed: () => this.#changed(source.id),
    })
    this.#tails.set(source.id, made)
    return made
  }
}
