import { IconArrowBackUp, IconArrowRight } from '@tabler/icons-react'
import { useState } from 'react'
import type { Environment } from '../../../../shared/domain/environment'
import { phases, type Plan } from '../../../../shared/domain/plan'
import card from '../../ui/card.module.css'
import { Digest } from '../../ui/digest'
import { Button } from '../../ui/button'
import { count, duration } from '../../ui/format'
import { Bone } from '../../ui/problem'
import { Checks } from './checks'
import styles from './promote.module.css'
import { phaseName } from './words'

/** What changes, the checks, the steps and the way back. */
export function PlanBody({ plan, environment, onFixed }: { plan: Plan; environment: Environment; onFixed: () => void }) {
  return (
    <>
      <div className={card['section']}>
        <h2 className="label">What changes</h2>
      </div>
      <Changes plan={plan} environment={environment} />
      <Checks plan={plan} environment={environment} onFixed={onFixed} />
      <Steps plan={plan} />
      <div className={card['section']}>
        <h2 className="label">Way back</h2>
      </div>
      <div className={styles['back']}>
        <IconArrowBackUp size={17} stroke={1.75} aria-hidden />
        <div>
          {plan.wayBack.route}
          {plan.wayBack.lastTookMs !== null && ` Took ${duration(plan.wayBack.lastTookMs)} last time.`}
          {plan.wayBack.notUndone.length > 0 && <div className="dim">It does not undo: {plan.wayBack.notUndone.join('; ')}.</div>}
          <div className="dim">{failureWords(plan)}</div>
        </div>
      </div>
    </>
  )
}

function failureWords({ onFailure }: Plan) {
  switch (onFailure.rule) {
    case 'revert':
      return 'If something fails, it goes back at once.'
    case 'ask':
      return 'If something fails, it asks; without an answer in five minutes it goes back.'
    case 'go-on':
      return `If something fails, it goes on while at least ${onFailure.quorum} are well.`
    default:
      return onFailure satisfies never
  }
}

function Changes({ plan, environment }: { plan: Plan; environment: Environment }) {
  const missing = plan.settings.filter((difference) => difference.missing.length > 0)
  const since = plan.settings.filter((difference) => difference.changedSince.length > 0)
  return (
    <div className={styles['box']}>
      {plan.changes.map((change) => (
        <div key={change.targetId} className={styles['change']}>
          <span className={`${styles['service']} clip`} title={change.slug}>
            {change.slug}
          </span>
          <Version version={change.from} none="nothing" />
          <IconArrowRight size={15} stroke={1.75} aria-label="becomes" />
          <span className={styles['news']}>
            <Version version={change.to} none="stopped" />
          </span>
          <span className={`${styles['dimwords']} dim`}>
            {count(change.instances, 'instance')}
            {change.manner ? `, ${change.manner}` : ''}
          </span>
        </div>
      ))}
      {missing.map((difference) => (
        <div key={`missing ${difference.serviceId}`} className={styles['change']}>
          <span className={styles['service']}>settings</span>
          <Keys keys={difference.missing} />
          <span className="dim">
            missing in {environment.slug} for {difference.slug}
          </span>
        </div>
      ))}
      {since.map((difference) => (
        <div key={`since ${difference.serviceId}`} className={styles['change']}>
          <span className={styles['service']}>settings</span>
          <Keys keys={difference.changedSince} />
          <span className="dim">changed since for {difference.slug}</span>
        </div>
      ))}
      {plan.changes.length === 0 && missing.length + since.length === 0 && (
        <div className={styles['change']}>Nothing changes.</div>
      )}
    </div>
  )
}

function Keys({ keys }: { keys: readonly string[] }) {
  return (
    <span className={styles['keys']}>
      {keys.map((key) => (
        <code key={key}>{key}</code>
      ))}
    </span>
  )
}

function Version({ version, none }: { version: { digest: string | null; alias: string | null }; none: string }) {
  if (!version.digest) return <span className={styles['none']}>{none}</span>
  return <Digest digest={version.digest} {...(version.alias && { before: version.alias })} wide />
}

function Steps({ plan }: { plan: Plan }) {
  const [shown, setShown] = useState(false)
  const used = phases.filter((phase) => plan.steps.some((step) => step.phase === phase))
  const under = (phase: (typeof phases)[number]) => {
    const own = plan.steps.filter((step) => step.phase === phase)
    if (phase === 'bake') return `${plan.bakeSeconds} s`
    return own.length === 1 ? (own[0]?.title ?? '') : count(own.length, 'step')
  }
  if (used.length === 0) return null
  return (
    <>
      <div className={card['section']}>
        <h2 className="label">Steps</h2>
        <Button tone="link" small aria-expanded={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide commands' : 'Show commands'}
        </Button>
      </div>
      <div className={styles['tiles']}>
        {used.map((phase) => (
          <div
            key={phase}
            className={styles['tile']}
            title={plan.steps
              .filter((step) => step.phase === phase)
              .map((step) => step.title)
              .join('\n')}
          >
            <strong>{phaseName(phase)}</strong>
            <span className="clip">{under(phase)}</span>
          </div>
        ))}
      </div>
      {shown && (
        <ol className={styles['commands']}>
          {plan.steps.map((step) => (
            <li key={step.id}>
              <div>
                {phaseName(step.phase)}: {step.title}
              </div>
              {step.commands.length > 0 && <pre>{step.commands.join('\n')}</pre>}
            </li>
          ))}
        </ol>
      )}
    </>
  )
}

/** The sheet before its plan is there, in the same shape. */
export function PlanSkeleton() {
  return (
    <div role="status" aria-busy="true" aria-label="Making the plan">
      {[2, 4, 1].map((rows, part) => (
        <div key={part} className={styles['bones']}>
          <Bone width={90} height={11} />
          <div className={styles['box']}>
            {Array.from({ length: rows }, (_, row) => (
              <div key={row} className={styles['change']}>
                <Bone width={`${80 - row * 12}%`} />
              </div>
            ))}
          </div>
        </div>
      ))}
    </div>
  )
}
