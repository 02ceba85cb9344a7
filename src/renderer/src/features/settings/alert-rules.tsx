import { IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { LogAlertView } from '../../../../shared/domain/log-kept'
import { client, problemOf, useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { SwitchField } from '../../ui/field'
import { count, dateTime } from '../../ui/format'
import { Bone, Empty } from '../../ui/problem'
import { go } from '../../ui/route'
import { tellProblem } from '../../ui/toast'

function words({ threshold, windowSeconds, sources, desktop, webhookHost, waits, firedAt, problem }: LogAlertView): string {
  return [
    `${count(threshold, 'line')} within ${count(windowSeconds, 'second')} of ${count(sources.length, 'source')}`,
    [desktop ? 'notification' : '', webhookHost ? `webhook to ${webhookHost}` : ''].filter(Boolean).join(' and ') ||
      'tells nobody yet',
    waits ? 'waits until the secrets are unlocked: what its sources need may be among them' : '',
    firedAt === null ? 'never told' : `told ${dateTime(firedAt)}`,
    problem ?? '',
  ]
    .filter(Boolean)
    .join(' · ')
}

/** The rules that tell of lines while the app runs. */
export function AlertRules() {
  const [rules, setRules] = useState<LogAlertView[] | null>(null)
  const load = async () => setRules(await client.logs.alerts.list())
  useWatch(() => load().catch((error: unknown) => tellProblem(problemOf(error))), [])
  const act = (call: () => Promise<unknown>) =>
    void call()
      .then(load)
      .catch((error: unknown) => tellProblem(problemOf(error)))
  return (
    <section aria-label="Alerts of logs">
      <div className={card['section']}>
        <h2 className="label">Alerts</h2>
      </div>
      {!rules && <Bone height={44} />}
      {rules?.length === 0 && (
        <Empty title="No rule tells of log lines yet. Make one from the logs: Look back, Alert me on this.">
          <Button onClick={() => go(['logs'])}>Go to Logs</Button>
        </Empty>
      )}
      {rules?.map((rule) => (
        <div key={rule.id} className={card['row']}>
          <span className={card['grow']}>
            <SwitchField
              label={rule.name}
              help={words(rule)}
              checked={rule.enabled}
              onChange={(enabled) => {
                const { webhookHost: _host, waits: _waits, firedAt: _fired, problem: _problem, ...kept } = rule
                act(() => client.logs.alerts.save({ ...kept, enabled, webhook: null }))
              }}
            />
          </span>
          <Button
            small
            tone="quiet"
            aria-label={`Remove the rule ${rule.name}`}
            icon={<IconTrash size={15} stroke={1.75} aria-hidden />}
            onClick={() => act(() => client.logs.alerts.remove({ id: rule.id }))}
          >
            Remove
          </Button>
        </div>
      ))}
    </section>
  )
}
