import type { Environment } from '../../../../shared/domain/environment'
import type { LogSource } from '../../../../shared/domain/log'

export interface SourceLabel {
  name: string
  /** Its environment, where the view holds several placements. */
  place: string | null
  /** Whether its environment is protected: the gutter tells it. */
  guarded: boolean
  /** Index into the twelve source colours. */
  colour: number
}

const placeOf = (app: string | undefined, environment: string | undefined) =>
  [app, environment].filter((part) => part !== undefined).join(' ') || null

/** How each source is called and coloured: with its environment where the view holds several placements, and its app where it holds several apps. */
export function labelsOf(
  sources: readonly LogSource[],
  environments: readonly Environment[],
  apps: Readonly<Record<string, string>>,
): Map<string, SourceLabel> {
  const several = new Set(Object.values(apps)).size > 1
  const placements = [...new Set(sources.map((source) => source.placementId))]
  return new Map(
    sources.map((source) => {
      const environment = environments.find((one) => one.id === source.environmentId)
      return [
        source.id,
        {
          name: source.name,
          place:
            placements.length > 1
              ? placeOf(several && source.placementId ? apps[source.placementId] : undefined, environment?.slug)
              : null,
          guarded: environment?.protected ?? false,
          // Equal names have equal colours; in a view of several placements they are set apart.
          colour: (source.colour + placements.indexOf(source.placementId) * 5) % 12,
        },
      ]
    }),
  )
}

/** Characters that the widest label takes, within reason. */
export const widthOf = (labels: ReadonlyMap<string, SourceLabel>) =>
  Math.min(24, 2 + Math.max(7, ...[...labels.values()].map(({ name, place }) => name.length + (place ? place.length + 1 : 0))))
