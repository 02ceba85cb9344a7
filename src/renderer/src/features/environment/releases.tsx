import { IconArrowBackUp, IconCircleCheck, IconCircleX, IconHelpHexagon, IconRocket } from '@tabler/icons-react'
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

const icons = { succeeded: IconCircleCheck, reverted: IconArrowBackUp, failed: IconCircleX, unknown: IconHelpHexagon, IconRocket }
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
      <span className={styles['do']}>{!row.serving && <Bring row={row} view={view} />}</span>
    </li>
  )
}

/** What an earlier release is gone back to with, and a newer one brought with. */
function Bring({ row, view }: { row: ReleaseRow; view: PlacementView }) {
  const { number, id } = row.release
  const now = view.releases.find((one) => one.serving)?.release.number
  const back = now === undefined ? view.cell.running !== 'nothing' : number < now
  const why = row.cannotRollBack
  const words = back ? `Roll back to v${number}` : `Deploy release v${number}`
  const Icon = back ? IconArrowBackUp : IconRocket
  return (
    <Button
      small
      icon={<Icon size={15} stroke={1.75} aria-hidden />}
      disabled={why !== null}
      title={why ?? undefined}
      aria-label={why ? `${words}: ${why}` : words}
      onClick={() => openSheet('plan', { kind: back ? 'roll-back' : 'deploy', placement: view.placement.id, release: id })}
    >
      {back ? 'Roll back' : 'Deploy'}
    </Button>
  )
}
