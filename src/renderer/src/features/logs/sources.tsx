import { IconPlus, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { useSession } from '../../client'
import type { LogSource, SourceStatus } from '../../../../shared/domain/log'
import { duration, number } from '../../ui/format'
import { labelsOf, type SourceLabel } from './labels'
import styles from './logs.module.css'
import { Picker } from './picker'
import { useLogs } from './store'

/** Below it, a source is as good as live, and two clocks as good as one. */
const noticeable = 1000

function statusWords(status: SourceStatus | undefined) {
  if (!status) return 'connecting'
  const rate = `${number(Math.round(status.rate))}/s`
  const skew =
    status.skewMs !== null && Math.abs(status.skewMs) >= noticeable
      ? ` · clock ${duration(Math.abs(status.skewMs))} ${status.skewMs > 0 ? 'ahead' : 'behind'}`
      : ''
  switch (status.state) {
    case 'live':
      return `${rate}${skew}`
    case 'lagging':
      return `lagging ${duration(status.lagMs)}, ${rate}${skew}`
    case 'failed':
      return status.problem?.message ?? 'failed'
    case 'connecting':
    case 'ended':
      return status.state
    default:
      return status.state satisfies never
  }
}

/** A chip per source: its colour, its state, its rate, what its clock is off. A click ticks it on or off. */
export function Sources() {
  const { sources, apps } = useLogs(useShallow(({ sources, apps }) => ({ sources, apps })))
  const environments = useSession((session) => session.environments)
  const [picking, setPicking] = useState(false)
  const labels = labelsOf(sources ?? [], environments, apps)
  return (
    <div className={styles['sources']} role="group" aria-label="Sources">
      {sources?.map((source) => (
        <Chip key={source.id} source={source} label={labels.get(source.id)} />
      ))}
      <button type="button" className={`${styles['source']} ${styles['more']}`} onClick={() => setPicking(true)}>
        <IconPlus size={14} stroke={1.75} aria-hidden />
        Source
      </button>
      {picking && <Picker onClose={() => setPicking(false)} />}
    </div>
  )
}

function Chip({ source, label }: { source: LogSource; label: SourceLabel | undefined }) {
  const status = useLogs((state) => state.statuses[source.id])
  const on = useLogs((state) => state.ticked.includes(source.id))
  const tick = useLogs((state) => state.tick)
  const remove = useLogs((state) => state.remove)
  const colour = `var(--s${label?.colour ?? 0})`
  const failed = status?.state === 'failed' && on
  return (
    <span className={`${styles['pair']} ${failed ? styles['failed'] : ''}`}>
      <button
        type="button"
        aria-pressed={on}
        className={styles['source']}
        title={[titleOf(source), status?.problem?.fix].filter(Boolean).join('\n') || undefined}
        onClick={() => void tick(source.id)}
      >
        <span className={styles['swatch']} style={{ background: on ? colour : 'transparent', borderColor: colour }} aria-hidden />
        <strong>{source.name}</strong>
        {label?.place && <span className={label.guarded ? styles['guarded'] : ''}>{label.place}</span>}
        <span className={styles['rate']}>{on ? statusWords(status) : 'off'}</span>
      </button>
      {source.origin.kind !== 'placement' && (
        <button
          type="button"
          className={styles['remove']}
          aria-label={`Remove ${source.name}`}
          onClick={() => void remove(source.id)}
        >
          <IconX size={12} stroke={2} aria-hidden />
        </button>
      )}
    </span>
  )
}

const titleOf = ({ origin }: LogSource) => (origin.kind === 'file' ? origin.path : '')
