import { useSession } from '../../client'
import type { SourceStatus } from '../../../../shared/domain/log'
import { number } from '../../ui/format'
import { labelsOf } from './labels'
import styles from './logs.module.css'
import { useLogs } from './store'

function statusWords(status: SourceStatus | undefined) {
  if (!status) return 'connecting'
  switch (status.state) {
    case 'live':
      return `${number(Math.round(status.rate))}/s`
    case 'lagging':
      return `lagging, ${number(Math.round(status.rate))}/s`
    case 'failed':
      return status.problem?.message ?? 'failed'
    case 'connecting':
    case 'ended':
      return status.state
    default:
      return status.state satisfies never
  }
}

/** A chip per source: its colour, its state and its rate. A click ticks it on or off. */
export function Sources() {
  const { sources, apps, ticked, statuses, tick } = useLogs()
  const environments = useSession((session) => session.environments)
  const labels = labelsOf(sources ?? [], environments, apps)
  return (
    <div className={styles['sources']} role="group" aria-label="Sources">
      {sources?.map((source) => {
        const status = statuses[source.id]
        const on = ticked.includes(source.id)
        const label = labels.get(source.id)
        return (
          <button
            key={source.id}
            type="button"
            aria-pressed={on}
            className={`${styles['source']} ${status?.state === 'failed' && on ? styles['failed'] : ''}`}
            title={status?.problem?.fix}
            onClick={() => void tick(source.id)}
          >
            <span
              className={styles['swatch']}
              style={{
                background: on ? `var(--s${label?.colour ?? 0})` : 'transparent',
                borderColor: `var(--s${label?.colour ?? 0})`,
              }}
              aria-hidden
            />
            <strong>{source.name}</strong>
            {label?.place && <span className={label.guarded ? styles['guarded'] : ''}>{label.place}</span>}
            <span className={styles['rate']}>{on ? statusWords(status) : 'off'}</span>
          </button>
        )
      })}
    </div>
  )
}
