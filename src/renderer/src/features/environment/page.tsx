import { IconHandStop, IconHelpHexagon, IconLock, IconRefresh, IconRocket } from '@tabler/icons-react'
import type { PlacementView } from '../../../../shared/api/placements'
import { useWatch } from '../../client'
import { Adopt } from '../../ui/adopt'
import card from '../../ui/card.module.css'
import { clock } from '../../ui/format'
import { Page } from '../../ui/page'
import { Bone, ProblemNote } from '../../ui/problem'
import { hashOf } from '../../ui/route'
import { Pill } from '../../ui/state'
import { Tabs } from '../../ui/tabs'
import { Age, useNow } from '../../ui/time'
import { Actions } from './actions'
import styles from './environment.module.css'
import { Policy } from './policy'
import { Questions } from './questions'
import { Releases } from './releases'
import { Runs } from './runs'
import { Settings } from './settings'
import { useEnvironment } from './store'
import { Targets } from './targets'

const tabs = [
  { id: 'releases', label: 'Releases' },
  { id: 'runs', label: 'Runs' },
  { id: 'settings', label: 'Settings' },
  { id: 'targets', label: 'Targets' },
  { id: 'policy', label: 'Policy' },
]

/** One app in one environment: five questions, and what can be done about the answers. */
export default function EnvironmentPage({ placementId, tab }: { placementId: string; tab: string }) {
  const { view, problem, watch } = useEnvironment()
  useWatch((signal) => watch(placementId, signal), [placementId])
  if (!view || view.placement.id !== placementId) {
    return (
      <Page title="Environment" name="Environment">
        {problem ? <ProblemNote problem={problem} /> : <Skeleton />}
      </Page>
    )
  }
  const { app, environment } = view
  return (
    <Page
      name={`${app.name} in ${environment.name}`}
      title={
        <>
          <span className={styles['app']}>{app.slug} / </span>
          <span className={environment.protected ? styles['guarded'] : ''}>{environment.slug}</span>
        </>
      }
      beside={<Beside view={view} />}
      actions={<Actions view={view} />}
    >
      <div className={card['stack']}>
        {problem && <ProblemNote problem={problem} />}
        {view.cell.problem && <ProblemNote problem={view.cell.problem} />}
        <HoldNote view={view} />
        <DriftNote view={view} />
        <Questions view={view} />
        <section className={card['card']} aria-label="History and settings">
          <Tabs label="Parts of this environment" tabs={tabs} current={tab} hrefOf={(id) => hashOf(['env', placementId, id])} />
          <div className={styles['tab']}>
            {tab === 'runs' && <Runs runs={view.runs} />}
            {tab === 'settings' && <Settings view={view} />}
            {tab === 'policy' && <Policy view={view} />}
            {tab === 'targets' && <Targets view={view} />}
            {!['runs', 'settings', 'targets', 'policy'].includes(tab) && <Releases view={view} />}
          </div>
        </section>
      </div>
    </Page>
  )
}

function Beside({ view }: { view: PlacementView }) {
  const now = useNow()
  const { observedAt, activeRun } = view.cell
  return (
    <>
      {view.environment.protected && (
        <Pill tone="protected" icon={<IconLock size={14} stroke={1.75} aria-hidden />}>
          protected
        </Pill>
      )}
      {activeRun && (
        <a href={hashOf(['run', activeRun.id])}>
          <Pill tone="accent" icon={<IconRocket size={14} stroke={1.75} aria-hidden />}>
            {activeRun.state}
          </Pill>
        </a>
      )}
      {view.cell.mixed && <Pill tone="bad">Mixed: two versions</Pill>}
      {observedAt !== null && now - observedAt > 60_000 && (
        <Pill icon={<IconRefresh size={14} stroke={1.75} aria-hidden />}>{`as of ${clock(observedAt)}`}</Pill>
      )}
    </>
  )
}

function HoldNote({ view }: { view: PlacementView }) {
  const { hold } = view.placement
  if (!hold) return null
  return (
    <div className={styles['hold']} role="status">
      <IconHandStop size={17} stroke={1.75} aria-hidden />
      <span>
        <strong>On hold</strong> since <Age at={hold.since} suffix />, by {hold.actor.name}: {hold.reason.replace(/\.+$/, '')}.
        Deploys wait until it is lifted; roll back, restart and stop stay allowed.
      </span>
    </div>
  )
}

function DriftNote({ view }: { view: PlacementView }) {
  if (view.cell.running !== 'drifted') return null
  return (
    <div className={styles['drift']} role="status">
      <IconHelpHexagon size={17} stroke={1.75} aria-hidden />
      <span className={card['grow']}>
        <strong>What runs here belongs to no release.</strong> Adopt it, so that there is a way back to it; nothing is restarted.
        Or deploy a release over it.
      </span>
      <Adopt placementId={view.placement.id} where={`${view.app.name} ${view.environment.name}`} />
    </div>
  )
}

function Skeleton() {
  return (
    <div className={styles['grid']} role="status" aria-busy="true" aria-label="Reading this environment">
      {[0, 1, 2, 3, 4].map((box) => (
        <div key={box} className={`${card['card']} ${styles['question']} ${box === 4 ? styles['wide'] : ''}`}>
          <Bone width="55%" />
          <Bone width="70%" height={18} />
          <Bone />
          <Bone />
          <Bone />
        </div>
      ))}
    </div>
  )
}
