import { useMemo } from 'react'
import type { LogSource, SourceStatus } from '../../../../shared/domain/log'
import { count } from '../../ui/format'
import { useLook, type Look, type ShownZone } from './look'
import { useLogs } from './store'

const two = (value: number) => String(value).padStart(2, '0')

/** `+02:00`; `UTC` for none. */
export function offsetOf(zone: ShownZone): string {
  if (zone === 0 || zone === 'utc') return 'UTC'
  const minutes = zone === 'local' ? -new Date().getTimezoneOffset() : Math.round(zone / 60_000)
  if (minutes === 0) return 'UTC'
  const off = Math.abs(minutes)
  return `${minutes < 0 ? '−' : '+'}${two(Math.floor(off / 60))}:${two(off % 60)}`
}

type HostZone = NonNullable<SourceStatus['zone']>

interface Zones {
  of(source: string | null): ShownZone
  /** Whether lines of these sources have times of different zones. */
  differ: boolean
  /** What the times mean, where that is not plain. */
  words: string
}

/** Whose times are shown. A host's zone is as its clock has it now; without one the times are this computer's. */
export function zonesOf(
  choice: Look['zone'],
  sources: readonly Pick<LogSource, 'id' | 'name'>[],
  zones: Readonly<Record<string, HostZone>>,
): Zones {
  if (choice !== 'host') return { of: () => choice, differ: false, words: choice === 'utc' ? 'times in UTC' : '' }
  const of = (source: string | null): ShownZone => (source === null ? null : zones[source]?.eastMs) ?? 'local'
  const groups = new Map<string, string[]>()
  for (const { id, name } of sources) {
    const letters = zones[id] && /^[A-Z]/.test(zones[id].name) ? ` ${zones[id].name}` : ''
    const offset = offsetOf(of(id))
    const key = letters.trim() === offset ? offset : `${offset}${letters}`
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  const differ = new Set(sources.map(({ id }) => offsetOf(of(id)))).size > 1
  const said = [...groups].map(([key, [first = '', ...more]]) =>
    differ ? `${key}: ${first}${more.length > 0 ? ` and ${more.length} more` : ''}` : key,
  )
  const unsaid = sources.filter(({ id }) => !zones[id]).length
  const words = [
    differ ? 'the hosts’ times differ' : 'the hosts’ times',
    ...new Set(said),
    unsaid > 0 ? `this computer’s for ${count(unsaid, 'source')}` : '',
  ]
  return { of, differ, words: words.filter(Boolean).join(' · ') }
}

/** As `zonesOf`, of the sources that are ticked. */
export function useZones(): Zones {
  const choice = useLook((look) => look.zone)
  const sources = useLogs((state) => state.sources)
  const ticked = useLogs((state) => state.ticked)
  const zones = useLogs((state) => state.zones)
  return useMemo(() => {
    const shown = (sources ?? []).filter(({ id }) => ticked.includes(id))
    return zonesOf(choice, shown, zones)
  }, [choice, sources, ticked, zones])
}
