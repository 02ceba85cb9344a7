import { queryOf, type LogLink } from '../../../../shared/domain/log-link'
import { rowAt } from './buffer'
import { useLogs } from './store'

/** What is shown now, as a link. `place` is the first row that is seen; one that follows has no moment. */
export function linkToView(placementId: string | null, place: number): string {
  const { filter, sources, ticked, following, at, buffer } = useLogs.getState()
  const row = rowAt(buffer, at ?? place)
  const foreign = sources?.some((source) => source.origin.kind !== 'placement') ?? false
  const link: LogLink = {
    filter: { ...filter, sources: null },
    sources: foreign || ticked.length < (sources?.length ?? 0) ? ticked.slice(0, 200) : null,
    at: following || !row ? null : row.at,
  }
  const query = new URLSearchParams(queryOf(link)).toString()
  return `slipway://logs${placementId ? `/${placementId}` : ''}${query === '' ? '' : `?${query}`}`
}
