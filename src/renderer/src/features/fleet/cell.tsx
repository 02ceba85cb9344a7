import { IconAdjustments, IconCloud, IconDeviceLaptop, IconHandStop, IconRocket, IconServer2 } from '@tabler/icons-react'
import type { Environment } from '../../../../shared/domain/environment'
import type { Cell, FleetApp } from '../../../../shared/domain/fleet'
import type { Tone } from '../../../../shared/domain/observation'
import { Adopt } from '../../ui/adopt'
import { Digest } from '../../ui/digest'
import { clock } from '../../ui/format'
import { hashOf } from '../../ui/route'
import { Sparkline } from '../../ui/sparkline'
import { Dot, HealthDot, Pill, healthTone } from '../../ui/state'
import { Age, useNow } from '../../ui/time'
import styles from './fleet.module.css'

/** After this long a look is old: it is shown dimmed, with its time. */
const staleAfterMs = 60_000

const icons = { local: IconDeviceLaptop, server: IconServer2, aws: IconCloud }
/** The kind of place, as a picture. */
function Place({ kind }: { kind: string }) {
  const Icon = kind === 'local' || kind === 'aws' ? icons[kind] : icons.server
  return <Icon size={15} stroke={1.75} aria-hidden />
}

const runningWords: Record<Cell['running'], string> = {
  release: '',
  drifted: 'Drifted',
  nothing: 'Nothing runs',
  unknown: 'Not known',
}

function overall(cell: Cell): { tone: Tone; words: string } {
  if (cell.mixed) return { tone: 'bad', words: 'Mixed: two versions are running' }
  if (cell.running === 'unknown') return { tone: 'unknown', words: 'Not known' }
  if (cell.running === 'nothing') return { tone: 'plain', words: 'Nothing runs' }
  const words = { healthy: 'Healthy', starting: 'Starting', unhealthy: 'Unhealthy', unknown: 'Health not known' }
  return { tone: healthTone[cell.health], words: words[cell.health] }
}

/** A card: one app in one environment, as last seen. */
export function CellCard({ cell, environment, app }: { cell: Cell; environment: Environment; app: FleetApp }) {
  const now = useNow()
  const stale = cell.observedAt !== null && now - cell.observedAt > staleAfterMs && cell.activeRun === null
  const { tone, words } = overall(cell)
  const odd = cell.running === 'drifted' || cell.running === 'unknown'
  const names = [
    styles['card'],
    environment.protected && styles['edge'],
    odd && styles['hatched'],
    cell.mixed && styles['mixed'],
    stale && styles['stale'],
  ]
  return (
    <article className={names.filter(Boolean).join(' ')} aria-label={`${app.name} in ${environment.name}`}>
      <div className={styles['line']}>
        <Dot tone={tone} words={words} />
        <a
          className={styles['alias']}
          href={hashOf(['env', cell.placementId])}
          aria-label={`${app.name} in ${environment.name}: ${cell.release?.alias ?? runningWords[cell.running]}`}
        >
          {cell.release?.alias ?? runningWords[cell.running]}
        </a>
        {cell.release && <Digest digest={cell.release.digest} />}
        <span className={styles['age']}>{cell.release?.deployedAt ? <Age at={cell.release.deployedAt} /> : null}</span>
      </div>
      {cell.services.map((service) => (
        <div key={service.serviceId} className={styles['service']}>
          {cell.running === 'nothing' ? (
            <Dot tone="plain" words="Nothing runs" small />
          ) : (
            <HealthDot health={service.health} small />
          )}
          <span className={`${styles['slug']} clip`} title={service.slug}>
            {service.slug}
          </span>
          <span className={cell.running !== 'unknown' && service.running < service.desired ? styles['short'] : ''}>
            {cell.running === 'unknown' ? '?' : service.running}/{service.desired}
          </span>
          <span className={styles['age']}>{service.latencyMs === null ? '' : `${Math.round(service.latencyMs)} ms`}</span>
        </div>
      ))}
      <Marks cell={cell} stale={stale} where={`${app.name} ${environment.name}`} />
      {cell.requests ? (
        <Sparkline
          series={cell.requests}
          deploys={cell.deploys}
          bad={cell.health === 'unhealthy'}
          label={`Requests of ${app.name} in ${environment.name} over the last minutes`}
        />
      ) : (
        <div className={styles['quiet']} />
      )}
      <div className={styles['where']}>
        <Place kind={cell.connectionKind} />
        <span className="clip">{cell.where}</span>
        <span className={styles['who']}>{cell.release?.by ?? ''}</span>
      </div>
    </article>
  )
}

function Marks({ cell, stale, where }: { cell: Cell; stale: boolean; where: string }) {
  const shown =
    cell.activeRun !== null ||
    cell.hold !== null ||
    cell.settingsNotApplied ||
    cell.mixed ||
    cell.problem !== null ||
    stale ||
    cell.running === 'drifted'
  if (!shown) return null
  return (
    <div className={styles['marks']}>
      {cell.activeRun && (
        <a href={hashOf(['run', cell.activeRun.id])} title={cell.activeRun.title}>
          <Pill
            tone={cell.activeRun.state === 'running' ? 'accent' : 'warn'}
            icon={<IconRocket size={13} stroke={1.75} aria-hidden />}
          >
            {cell.activeRun.state === 'asking' ? 'asks you' : cell.activeRun.state}
          </Pill>
        </a>
      )}
      {cell.mixed && <Pill tone="bad">Mixed: two versions</Pill>}
      {cell.hold && (
        <span title={cell.hold.reason}>
          <Pill tone="bad" icon={<IconHandStop size={13} stroke={1.75} aria-hidden />}>
            Hold
          </Pill>
        </span>
      )}
      {cell.running === 'drifted' && (
        <>
          <Pill tone="unknown">Not a release</Pill>
          <Adopt placementId={cell.placementId} where={where} />
        </>
      )}
      {cell.settingsNotApplied && (
        <a href={hashOf(['env', cell.placementId, 'settings'])}>
          <Pill tone="warn" icon={<IconAdjustments size={13} stroke={1.75} aria-hidden />}>
            Settings not applied
          </Pill>
        </a>
      )}
      {stale && cell.observedAt !== null && <Pill>{`as of ${clock(cell.observedAt)}`}</Pill>}
      {cell.problem && (
        <span className={styles['trouble']} title={cell.problem.fix}>
          {cell.problem.message}
        </span>
      )}
    </div>
  )
}

/** An app that this environment does not have. */
export function MissingCard({ environment }: { environment: Environment }) {
  return <div className={styles['missing']}>Not on {environment.slug}</div>
}
