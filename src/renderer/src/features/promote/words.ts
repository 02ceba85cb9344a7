import type { Plan, PlanKind } from '../../../../shared/domain/plan'

const verbs: Record<PlanKind, string> = {
  promote: 'Promote',
  deploy: 'Deploy',
  'roll-back': 'Roll back',
  restart: 'Restart',
  scale: 'Scale',
  stop: 'Stop',
  start: 'Start',
  'apply-settings': 'Apply settings',
}

export const verb = (kind: PlanKind) => verbs[kind]

/** The release that will run, by the name people know. */
export const releaseAlias = (plan: Pick<Plan, 'changes'>) =>
  plan.changes.find((change) => change.to.alias !== null)?.to.alias ?? null

/** What the one button says. */
export function actionWords(plan: Pick<Plan, 'kind' | 'changes'>): string {
  const name = releaseAlias(plan)
  switch (plan.kind) {
    case 'promote':
    case 'deploy':
      return name ? `${verb(plan.kind)} ${name}` : verb(plan.kind)
    case 'roll-back':
      return name ? `Roll back to ${name}` : 'Roll back'
    default:
      return verb(plan.kind)
  }
}

const phaseNames: Record<Plan['steps'][number]['phase'], string> = {
  transfer: 'Transfer',
  'release-command': 'Release command',
  start: 'Start',
  healthy: 'Healthy',
  switch: 'Switch',
  bake: 'Bake',
  retire: 'Retire',
}
export const phaseName = (phase: Plan['steps'][number]['phase']) => phaseNames[phase]
