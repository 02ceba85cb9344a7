import { useSession } from '../../client'
import type { LogSource, SourceStatus } from '../../../../shared/domain/log'
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
  const { sources, ticked, statuses, tick } = useLogs()
  const environments = useSession((session) => session.environments)
  const labels = labelsOf(sources ?? [], environments)
  const several = new Set(sources?.map((source) => source.placementId)).size > 1
  const whose = (source: LogSource) => environments.find((one) => one.id === source.environmentId)
  return (
    <div className={styles['sources']} role="group" aria-label="Sources">
      {sources?.map((source) => {
        const status = statuses[source.id]
        const on = ticked.includes(source.id)
        const environment = whose(source)
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
                background: on ? `var(--s${labels.get(source.id)?.colour ?? 0})` : 'transparent',
                borderColor: `var(--s${labels.get(source.id)?.colour ?? 0})`,
              }}
              aria-hidden
            />
            <strong>{source.name}</strong>
            {several && environment && <span className={environment.protected ? styles['guarded'] : ''}>{environment.slug}</span>}
            <span className={styles['rate']}>{on ? statusWords(status) : 'off'}</span>
          </button>
        )
      })}
    </div>
  )
}
