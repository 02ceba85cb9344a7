import { IconArrowBackUp, IconCircleCheck, IconCircleX, IconHelpHexagon } from '@tabler/icons-react'
import type { PlacementView, ReleaseRow } from '../../../../shared/api/placements'
import type { Run } from '../../../../shared/domain/run'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { Digest } from '../../ui/digest'
import { Empty } from '../../ui/problem'
import { hashOf, openSheet } from '../../ui/route'
import { Pill } from '../../ui/state'
import { Age, Elapsed } from '../../ui/time'
import styles from './environment.module.css'

const icons = { succeeded: IconCircleCheck, reverted: IconArrowBackUp, failed: IconCircleX, unknown: IconHelpHexagon }
const words = { succeeded: 'succeeded', reverted: 'rolled back', failed: 'failed', unknown: 'not known' }

/** How a run ended, in a word, with its reason. */
export function Outcome({ run }: { run: Run }) {
  const outcome = run.outcome
  if (run.state !== 'ended' || !outcome) return <a href={hashOf(['run', run.id])}>{run.state}</a>
  const Icon = icons[outcome]
  return (
    <a className={styles['outcome']} href={hashOf(['run', run.id])}>
      <Icon size={16} stroke={1.75} className={styles[outcome]} aria-hidden />
      <span className="clip">
        {words[outcome]}
        {run.problem && outcome !== 'succeeded' ? `: ${run.problem.message}` : ''}
      </span>
    </a>
  )
}

/** Every release of the app, and the way back to each. */
export function Releases({ view }: { view: PlacementView }) {
  if (view.releases.length === 0) {
    return (
      <Empty title="This app has no release yet.">
        <Button tone="primary" onClick={() => openSheet('deploy', { placement: view.placement.id })}>
          Make the first
        </Button>
      </Empty>
    )
  }
  return (
    <ul className={styles['list']}>
      {view.releases.map((row) => (
        <Row key={row.release.id} row={row} view={view} />
      ))}
    </ul>
  )
}

function Row({ row, view }: { row: ReleaseRow; view: PlacementView }) {
  const { release, run } = row
  const digests = view.app.services.map((service) => release.artifacts[service.id]).filter((digest) => digest !== undefined)
  return (
    <li className={card['row']}>
      <strong className={styles['alias']}>v{release.number}</strong>
      {digests[0] && <Digest digest={digests[0]} wide />}
      <span className={styles['serving']}>{row.serving && <Pill tone="ok">serving</Pill>}</span>
      <span className={card['grow']}>
        {run ? (
          <Outcome run={run} />
        ) : (
          <span className="dim clip">{release.note || release.provenance.subject || 'not deployed here'}</span>
        )}
      </span>
      <span className={`${styles['took']} dim`}>{run ? <Elapsed from={run.startedAt} to={run.endedAt} /> : ''}</span>
      <span className={`${styles['who']} dim clip`}>{release.actor.name}</span>
      <span className={`${styles['when']} dim`}>
        <Age at={release.createdAt} suffix />
      </span>
      <span className={styles['do']}>
        {!row.serving && (
          <Button
            small
            icon={<IconArrowBackUp size={15} stroke={1.75} aria-hidden />}
            disabled={row.cannotRollBack !== null}
            title={row.cannotRollBack ?? undefined}
            aria-label={`Roll back to v${release.number}${row.cannotRollBack ? `: ${row.cannotRollBack}` : ''}`}
            onClick={() => openSheet('plan', { kind: 'roll-back', placement: view.placement.id, release: release.id })}
          >
            Roll back
          </Button>
        )}
      </span>
    </li>
  )
}
