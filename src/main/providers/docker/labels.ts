import { SettingsRevisionId } from '../../../shared/domain/ids'
import { alias } from '../../../shared/domain/release'
import type { StepContext, TargetContext } from '../provider'

const key = (name: string) => `slipway.${name}`

/** What every container carries, so that another installation knows it too. */
export const labelsOf = (context: StepContext, role: 'instance' | 'release-command' | 'one-off'): Record<string, string> => ({
  [key('app')]: context.app.slug,
  [key('environment')]: context.environment.slug,
  [key('service')]: context.service.slug,
  [key('role')]: role,
  [key('release')]: context.release ? alias(context.release) : '',
  [key('release-id')]: context.release?.id ?? '',
  [key('settings')]: context.settings?.id ?? '',
  [key('run')]: context.runId,
  [key('by')]: context.owner,
})

type Labels = Readonly<Record<string, string | undefined>> | undefined

/** Whether a container is an instance of this service in this environment, by whichever installation. */
export const isOurs = (labels: Labels, { app, environment, service }: TargetContext) =>
  labels?.[key('app')] === app.slug &&
  labels[key('environment')] === environment.slug &&
  labels[key('service')] === service.slug &&
  labels[key('role')] === 'instance'

export const releaseIn = (labels: Labels) => labels?.[key('release')] ?? ''

export function settingsIn(labels: Labels): SettingsRevisionId | null {
  const parsed = SettingsRevisionId.safeParse(labels?.[key('settings')])
  return parsed.success ? parsed.data : null
}

/** Who these labels say it belongs to; null where none do. */
export function belongsTo(labels: Labels): { app: string; environment: string; service: string } | null {
  const [app, environment, service] = [labels?.[key('app')], labels?.[key('environment')], labels?.[key('service')]]
  return app && environment && service ? { app, environment, service } : null
}

/** `project/service` of compose; null where it was not started by it. */
export function composeIn(labels: Labels): { project: string; service: string } | null {
  const [project, service] = [labels?.['com.docker.compose.project'], labels?.['com.docker.compose.service']]
  return project && service ? { project, service } : null
}
