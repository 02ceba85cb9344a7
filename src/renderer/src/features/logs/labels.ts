import type { Environment } from '../../../../shared/domain/environment'
import type { LogSource } from '../../../../shared/domain/log'

export interface SourceLabel {
  name: string
  /** Index into the twelve source colours. */
  colour: number
}

/** How each source is called and coloured: with its environment where the view holds several placements. */
export function labelsOf(sources: readonly LogSource[], environments: readonly Environment[]): Map<string, SourceLabel> {
  const placements = [...new Set(sources.map((source) => source.placementId))]
  return new Map(
    sources.map((source) => {
      const environment = environments.find((one) => one.id === source.environmentId)
      const name = placements.length > 1 && environment ? `${environment.slug}/${source.name}` : source.name
      // Equal names have equal colours; in a view of several placements they are set apart.
      return [source.id, { name, colour: (source.colour + placements.indexOf(source.placementId) * 5) % 12 }]
    }),
  )
}
