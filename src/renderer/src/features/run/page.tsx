import { IconPlayerStop } from '@tabler/icons-react'
import { useState } from 'react'
import type { Run } from '../../../../shared/domain/run'
import { useSession, useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { Page } from '../../ui/page'
import { Bone, ProblemNote } from '../../ui/problem'
import { hashOf } from '../../ui/route'
import { Dialog } from '../../ui/sheet'
import { Pill } from '../../ui/state'
import { Elapsed } from '../../ui/time'
import { Answers } from './answers'
import { CapsuleView } from './capsule'
import { Output, Tail } from './output'
import { End } from './end'
import { PhaseBar, Steps } from './steps'
import { useRun } from './store'
import styles from './run.module.css'
import { stateWords } from './words'

/** One execution of a plan, live: it goes on whether this page is open or not. */
export default function RunPage({ runId }: { runId: string }) {
  const { run, plan, problem, watch, watchOutput, watchTail, watchHold } = useRun()
  useWatch((signal) => watch(runId, signal), [runId])
  useWatch((signal) => watchOutput(runId, signal), [runId])
  const placementId = run?.placementId
  const app = useSession((session) => session.apps.find((one) => one.id === run?.appId))
  const environment = useSession((session) => session.environments.find((one) => one.id === run?.environmentId))
  useWatch((signal) => (placementId ? watchTail(placementId, signal) : undefined), [placementId])
  const over = run?.state === 'ended'
  useWatch((signal) => (placementId && over ? watchHold(placementId, signal) : undefined), [placementId, over])
  if (!run || run.id !== runId) {
    return (
      <Page title="Run" name="Run">
        {problem ? <ProblemNote problem={problem} /> : <RunSkeleton />}
      </Page>
    )
  }
  const { tone, words } = stateWords(run)
  const prefix = `${app?.slug ?? ''}-${environment?.slug ?? ''}-`
  return (
    <Page
      title={run.title}
      name={run.title}
      beside={
        <>
          <Pill tone={tone}>{words}</Pill>
          <span className="dim">
            <Elapsed from={run.startedAt} to={run.endedAt} />
          </span>
        </>
      }
      actions={<Stop run={run} />}
    >
      <div className={styles['page']}>
        {problem && <ProblemNote problem={problem} />}
        <End run={run} />
        <Answers run={run} />
        <div className={styles['phases']}>
          <PhaseBar run={run} plan={plan} />
        </div>
        <Steps run={run} plan={plan} />
        {run.capsuleId && <CapsuleView capsuleId={run.capsuleId} />}
        <div className={styles['beside']}>
          <section className={card['card']} aria-label="Output of the run">
            <h2 className={`label ${styles['heading']}`}>Output</h2>
            <Output />
          </section>
          <section className={card['card']} aria-label="Log of the instances">
            <h2 className={`label ${styles['heading']}`}>
              Log of the instances
              <a href={hashOf(['logs', run.placementId])}>Open in Logs</a>
            </h2>
            <Tail prefix={prefix} />
          </section>
        </div>
      </div>
    </Page>
  )
}

function Stop({ run }: { run: Run }) {
  const [asking, setAsking] = useState(false)
  const { stop, busy } = useRun()
  if (run.state !== 'running' && run.state !== 'asking') return null
  const choose = (mode: 'safe-point' | 'revert') => {
    setAsking(false)
    void stop(mode)
  }
  if (run.stopping)
    return (
      <Pill tone="warn">
        {run.stopping === 'revert' ? 'Going back at the next safe point' : 'Stopping at the next safe point'}
      </Pill>
    )
  return (
    <>
      <Button icon={<IconPlayerStop size={16} stroke={1.75} aria-hidden />} busy={busy} onClick={() => setAsking(true)}>
        Stop
      </Button>
      {asking && (
        <Dialog
          title="Stop this run?"
          onClose={() => setAsking(false)}
          foot={
            <>
              <Button onClick={() => setAsking(false)}>Let it go on</Button>
              <Button onClick={() => choose('safe-point')}>Stop there</Button>
              <Button tone="danger" onClick={() => choose('revert')}>
                Stop and go back
              </Button>
            </>
          }
        >
          <p>
            It stops at the next safe point: no step that changes something is cut in the middle. Going back then takes the
            finished steps back, last one first.
          </p>
        </Dialog>
      )}
    </>
  )
}

function RunSkeleton() {
  return (
    <div className={styles['page']} role="status" aria-busy="true" aria-label="Reading the run">
      <Bone height={46} />
      <div className={card['card']}>
        {[0, 1, 2, 3, 4].map((row) => (
          <div key={row} className={card['row']}>
            <Bone width={`${70 - row * 8}%`} />
          </div>
        ))}
      </div>
    </div>
  )
}
