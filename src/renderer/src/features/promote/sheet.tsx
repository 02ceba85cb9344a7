import { IconArrowRight, IconRocket } from '@tabler/icons-react'
import { useRef, useState, type FormEvent } from 'react'
import { stops } from '../../../../shared/domain/check'
import type { Environment } from '../../../../shared/domain/environment'
import type { Plan } from '../../../../shared/domain/plan'
import { useSession, useWatch } from '../../client'
import { Button } from '../../ui/button'
import { duration } from '../../ui/format'
import { ProblemNote } from '../../ui/problem'
import { go } from '../../ui/route'
import { Sheet } from '../../ui/sheet'
import { PlanBody, PlanSkeleton } from './body'
import styles from './promote.module.css'
import { usePlan, type PlanQuery } from './store'
import { actionWords, releaseAlias, verb } from './words'

const headVerbs: Record<string, string> = {
  promote: 'Promote',
  deploy: 'Deploy',
  'roll-back': 'Roll back',
  'apply-settings': 'Apply settings of',
}

/** The plan sheet: opens at once, fills in, and holds the one button that starts it. */
export default function PlanSheet({ query, onClose }: { query: PlanQuery; onClose: () => void }) {
  const { plan, problem, starting, make } = usePlan()
  const [round, setRound] = useState(0)
  const environments = useSession((session) => session.environments)
  const apps = useSession((session) => session.apps)
  // By content: the page around it may draw anew, and what was typed would be lost with the plan.
  useWatch((signal) => make(query, signal), [JSON.stringify(query), round])
  const environment = environments.find((one) => one.id === plan?.environmentId) ?? null
  const app = apps.find((one) => one.id === plan?.appId)
  const again = () => setRound((before) => before + 1)
  const guarded = environment?.protected ?? false
  return (
    <Sheet
      edge={guarded ? 'protected' : 'accent'}
      onClose={onClose}
      title={
        <>
          <span>
            {plan ? (headVerbs[plan.kind] ?? verb(plan.kind)) : (headVerbs[query['kind'] ?? ''] ?? 'Plan')} {app?.slug ?? ''}
          </span>
          {environment && (
            <>
              <IconArrowRight size={17} stroke={1.75} aria-label="to" />
              <span className={guarded ? styles['guarded'] : styles['named']}>{environment.slug}</span>
            </>
          )}
        </>
      }
      under={plan ? <Under plan={plan} /> : 'Looking at what runs and what would change'}
      foot={
        plan && environment ? (
          <Foot key={plan.id} plan={plan} environment={environment} starting={starting} onClose={onClose} />
        ) : (
          <EmptyFoot onClose={onClose} />
        )
      }
    >
      {problem && (
        <div className={styles['problem']}>
          <ProblemNote problem={problem}>
            <Button small onClick={again}>
              Plan again
            </Button>
          </ProblemNote>
        </div>
      )}
      {plan && environment ? <PlanBody plan={plan} environment={environment} onFixed={again} /> : !problem && <PlanSkeleton />}
    </Sheet>
  )
}

function Under({ plan }: { plan: Plan }) {
  const alias = releaseAlias(plan)
  const parts = [alias && `Release ${alias}`, plan.estimateMs !== null && `about ${duration(plan.estimateMs)}`].filter(Boolean)
  return (
    <>
      {parts.join(' · ')}
      {parts.length > 0 ? ' · ' : ''}plan{' '}
      <span className={styles['print']} title={plan.fingerprint}>
        {plan.fingerprint.slice(0, 4)}·{plan.fingerprint.slice(4, 8)}
      </span>
    </>
  )
}

function EmptyFoot({ onClose }: { onClose: () => void }) {
  return (
    <>
      <span className={styles['space']} />
      <Button onClick={onClose}>Cancel</Button>
    </>
  )
}

function Foot({
  plan,
  environment,
  starting,
  onClose,
}: {
  plan: Plan
  environment: Environment
  starting: boolean
  onClose: () => void
}) {
  const [typedName, setTypedName] = useState('')
  const [reason, setReason] = useState('')
  const [holdAfter, setHoldAfter] = useState(true)
  const start = usePlan((state) => state.start)
  // Such a plan never starts: only a new one does.
  const stale = usePlan((state) => ['plan-stale', 'plan-expired', 'plan-other'].includes(state.problem?.code ?? ''))
  const pressed = useRef(false)
  const stopping = plan.checks.filter((check) => stops(check, environment))
  const named = plan.needs.typedName === null || typedName.trim() === plan.needs.typedName
  const explained = !plan.needs.reason || reason.trim() !== ''
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (pressed.current || !named || !explained || stale || stopping.length > 0) return
    pressed.current = true
    const runId = await start({ typedName: typedName.trim(), reason: reason.trim(), holdAfter })
    pressed.current = false
    if (runId) go(['run', runId])
  }
  return (
    <form className={styles['foot']} onSubmit={(event) => void submit(event)}>
      {plan.needs.typedName !== null && (
        <label className={styles['typed']}>
          <span>
            Type <strong className={styles['guarded']}>{plan.needs.typedName}</strong>
          </span>
          <input
            value={typedName}
            onChange={(event) => setTypedName(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            autoFocus
          />
        </label>
      )}
      {plan.needs.reason && (
        <label className={styles['typed']}>
          <span>Reason</span>
          <input
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            maxLength={500}
            placeholder="Why now, during a freeze"
          />
        </label>
      )}
      {plan.kind === 'roll-back' && (
        <label className={styles['keep']} title="Further deploys wait until the hold is lifted, so that nothing undoes this.">
          <input type="checkbox" checked={holdAfter} onChange={(event) => setHoldAfter(event.target.checked)} />
          Keep it on hold afterwards
        </label>
      )}
      <div className={styles['buttons']}>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          tone={environment.protected ? 'protected' : 'primary'}
          icon={<IconRocket size={16} stroke={1.75} aria-hidden />}
          busy={starting}
          disabled={!named || !explained || stale || stopping.length > 0}
          title={stale ? 'Plan again first' : stopping[0] ? `Stopped by a check: ${stopping[0].message}` : undefined}
        >
          {actionWords(plan)}
        </Button>
      </div>
    </form>
  )
}
