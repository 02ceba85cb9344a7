import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconHelpHexagon } from '@tabler/icons-react'
import { useState } from 'react'
import { stops, type Check, type CheckFix } from '../../../../shared/domain/check'
import type { Environment } from '../../../../shared/domain/environment'
import type { Plan } from '../../../../shared/domain/plan'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { go } from '../../ui/route'
import styles from './promote.module.css'
import { usePlan } from './store'

const order: Record<Check['outcome'], number> = { block: 0, unknown: 1, warn: 2, pass: 3 }
const icons = { block: IconCircleX, unknown: IconHelpHexagon, warn: IconAlertTriangle, pass: IconCircleCheck }
const words = { block: 'Stops the run', unknown: 'Not known', warn: 'Warning', pass: 'Passes' }

/** All checks: what stops or warns first, what passes folded into one line. */
export function Checks({ plan, environment, onFixed }: { plan: Plan; environment: Environment; onFixed: () => void }) {
  const [unfolded, setUnfolded] = useState(false)
  const sorted = plan.checks.toSorted((a, b) => order[a.outcome] - order[b.outcome])
  const passed = sorted.filter((check) => check.outcome === 'pass')
  const others = sorted.filter((check) => check.outcome !== 'pass')
  const stopping = others.filter((check) => stops(check, environment)).length
  return (
    <>
      <div className={card['section']}>
        <h2 className="label">Checks</h2>
        <strong className={stopping > 0 ? styles['stopped'] : styles['named']}>
          {passed.length} of {plan.checks.length} pass
        </strong>
      </div>
      <div className={styles['box']}>
        {others.map((check) => (
          <CheckRow
            key={`${check.id} ${check.targetId ?? ''}`}
            check={check}
            blocks={stops(check, environment)}
            onFixed={onFixed}
          />
        ))}
        {passed.length > 0 && (
          <button type="button" className={styles['fold']} aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
            <IconCircleCheck size={17} stroke={1.75} className={styles['pass']} aria-hidden />
            <span className={unfolded ? '' : 'clip'}>
              {others.length > 0 ? `${passed.length} more pass` : `All ${passed.length} pass`}
              {unfolded ? '' : `: ${passed.map((check) => check.message).join(', ')}`}
            </span>
          </button>
        )}
        {unfolded &&
          passed.map((check) => (
            <CheckRow key={`${check.id} ${check.targetId ?? ''}`} check={check} blocks={false} onFixed={onFixed} />
          ))}
        {plan.checks.length === 0 && <div className={styles['change']}>Nothing to check.</div>}
      </div>
    </>
  )
}

function CheckRow({ check, blocks, onFixed }: { check: Check; blocks: boolean; onFixed: () => void }) {
  const Icon = icons[check.outcome]
  return (
    <div className={`${styles['check']} ${blocks ? styles['row-block'] : styles[`row-${check.outcome}`]}`}>
      <Icon
        size={17}
        stroke={1.75}
        className={blocks ? styles['block'] : styles[check.outcome]}
        aria-label={words[check.outcome]}
      />
      <div className={styles['sentence']}>
        <div>{check.message}</div>
        {check.detail && <div className="dim">{check.detail}</div>}
      </div>
      {check.fix && <Fix fix={check.fix} onFixed={onFixed} />}
    </div>
  )
}

function Fix({ fix, onFixed }: { fix: CheckFix; onFixed: () => void }) {
  const [asking, setAsking] = useState(false)
  const [reason, setReason] = useState('')
  const { fixing, fix: mend } = usePlan()
  const act = async () => {
    if (fix.kind === 'open-run') return go(['run', fix.runId])
    if (fix.kind === 'lift-hold' && !asking) return setAsking(true)
    if (await mend(fix, reason.trim())) onFixed()
  }
  return (
    <form
      className={styles['fix']}
      onSubmit={(event) => {
        event.preventDefault()
        void act()
      }}
    >
      {asking && (
        <input
          aria-label="Why the hold is lifted"
          placeholder="Why it is lifted"
          value={reason}
          autoFocus
          onChange={(event) => setReason(event.target.value)}
        />
      )}
      <Button small type="submit" busy={fixing} disabled={asking && reason.trim() === ''}>
        {fix.label}
      </Button>
    </form>
  )
}
