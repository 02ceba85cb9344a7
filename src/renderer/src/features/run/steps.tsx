import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleMinus,
  IconCircleX,
  IconHelpHexagon,
  IconLoader2,
} from '@tabler/icons-react'
import { phases, type Plan } from '../../../../shared/domain/plan'
import type { Run, StepState } from '../../../../shared/domain/run'
import card from '../../ui/card.module.css'
import { Elapsed } from '../../ui/time'
import styles from './run.module.css'
import { shownStep, stepWords, type ShownStep } from './words'

const icons = {
  waiting: IconCircleDashed,
  running: IconLoader2,
  succeeded: IconCircleCheck,
  failed: IconCircleX,
  unknown: IconHelpHexagon,
  undoing: IconLoader2,
  undone: IconArrowBackUp,
  'undo-failed': IconAlertTriangle,
  cut: IconCircleMinus,
  unreached: IconCircleDashed,
}

const phaseWords = {
  transfer: 'Transfer',
  'release-command': 'Release command',
  start: 'Start',
  healthy: 'Healthy',
  switch: 'Switch',
  bake: 'Bake',
  retire: 'Retire',
}

/** How far a phase has come, from its steps. */
function phaseState(states: readonly ShownStep[]): ShownStep {
  const worst = (['failed', 'undo-failed', 'unknown', 'undoing', 'running', 'cut', 'undone'] as const).find((state) =>
    states.includes(state),
  )
  if (worst) return worst
  if (states.every((state) => state === 'succeeded')) return 'succeeded'
  if (states.includes('unreached')) return 'unreached'
  return states.includes('succeeded') ? 'running' : 'waiting'
}

/** The phases of the plan in a row, each with its state. */
export function PhaseBar({ run, plan }: { run: Run; plan: Plan | null }) {
  const used = phases.filter((phase) => plan?.steps.some((step) => step.phase === phase))
  return (
    <ol className={styles['bar']} aria-label="Phases">
      {used.map((phase) => {
        const ids = new Set(plan?.steps.filter((step) => step.phase === phase).map((step) => step.id))
        const state = phaseState(run.steps.filter((step) => ids.has(step.id)).map((step) => shownStep(run, step)))
        const Icon = icons[state]
        return (
          <li
            key={phase}
            className={`${styles['phase']} ${styles[`is-${state}`]}`}
            aria-current={run.phase === phase && run.state !== 'ended' ? 'step' : undefined}
          >
            <Icon size={16} stroke={1.75} aria-hidden className={styles[`icon-${state}`]} />
            <span>{phaseWords[phase]}</span>
            <span className="sr">{stepWords(state)}</span>
          </li>
        )
      })}
    </ol>
  )
}

/** A line per step per target. */
export function Steps({ run, plan }: { run: Run; plan: Plan | null }) {
  return (
    <ol className={`${card['card']} ${styles['steps']}`} aria-label="Steps">
      {run.steps.map((state) => {
        const step = plan?.steps.find((one) => one.id === state.id)
        const slug = plan?.changes.find((change) => change.targetId === step?.targetId)?.slug ?? ''
        return (
          <StepRow
            key={state.id}
            state={state}
            shown={shownStep(run, state)}
            title={step?.title ?? state.id}
            slug={slug}
            phase={step ? phaseWords[step.phase] : ''}
          />
        )
      })}
    </ol>
  )
}

interface StepRowProps {
  state: StepState
  shown: ShownStep
  title: string
  slug: string
  phase: string
}

function StepRow({ state, shown, title, slug, phase }: StepRowProps) {
  const Icon = icons[shown]
  // The time of an undone step would count the wait before it was undone.
  const timed = shown === 'running' || shown === 'succeeded' || shown === 'failed'
  const part = state.done !== null && state.total ? Math.min(1, state.done / state.total) : null
  return (
    <li className={`${card['row']} ${styles['step']}`}>
      <Icon size={17} stroke={1.75} className={styles[`icon-${shown}`]} aria-hidden />
      <span className={`${styles['slug']} clip`} title={slug}>
        {slug}
      </span>
      <span className={`${styles['which']} dim`}>{phase}</span>
      <span className={styles['what']}>
        <span className={shown === 'waiting' || shown === 'unreached' ? 'dim' : ''}>{title}</span>
        {state.words && <span className={`${styles['words']} dim`}>{state.words}</span>}
        {state.problem && <span className={styles['trouble']}>{state.problem.message}</span>}
        {part !== null && shown === 'running' && <progress value={part} max={1} aria-label={`${title}: progress`} />}
      </span>
      <span className="sr">{stepWords(shown)}</span>
      <span className={styles['took']}>
        {timed && state.startedAt !== null ? (
          <Elapsed from={state.startedAt} to={state.endedAt} />
        ) : shown === 'undone' || shown === 'cut' ? (
          stepWords(shown)
        ) : null}
      </span>
    </li>
  )
}
