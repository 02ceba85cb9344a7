import { SecretId } from '../../shared/domain/ids'
import type { LogRow } from '../../shared/domain/log'
import { LogAlert, type LogAlertView } from '../../shared/domain/log-kept'
import { ProblemError } from '../../shared/domain/problem'
import type { Logs } from '../logs'
import type { Audit, Clock, SecretText } from '../ports'
import type { Meta } from '../storage/secrets'
import { problem } from './base'
import { keptList } from './log-kept'

/** A rule as it is kept: of its webhook the host to show, and where the vault has the address. */
const KeptAlert = LogAlert.extend({ webhookHost: LogAlert.shape.name.nullable(), webhookId: SecretId.nullable() })

export interface LogAlertParts {
  logs: Pick<Logs, 'watch'>
  meta: Pick<Meta, 'get' | 'set'>
  vault: {
    keep(text: string, purpose: string): Promise<SecretId>
    reveal(id: SecretId): Promise<SecretText>
    remove(id: SecretId): Promise<void>
    state(): Promise<{ state: 'empty' | 'open' | 'locked' }>
  }
  audit: Pick<Audit, 'record'>
  clock: Clock
  notify(title: string, words: string): void
  /** Posts to an address; throws where that does not answer with success. */
  post?(url: string, body: string, signal: AbortSignal): Promise<void>
  unexpected(doing: string, error: unknown): void
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/
const patience = 10_000
const unlockedAgainMs = 5000

/** Which host a webhook goes to. Throws where it is none that may be used: https, or http on this computer. */
function hostOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  const fine = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && loopback.test(parsed.hostname))
  if (!parsed || !fine) throw problem('webhook-refused', {})
  return parsed.host.slice(0, 80)
}

/** Redirects are not followed: they would lead where nobody allowed. */
async function postTo(url: string, body: string, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const { ok, status } = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal })
  if (!ok) throw problem('webhook-failed', { why: status === 0 ? 'it leads elsewhere' : `it answered ${status}` })
}

function whyNot(error: unknown): string {
  if (error instanceof ProblemError) return error.message
  const cause = error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : ''
  return problem('webhook-failed', { why: cause || 'no answer came' }).message
}

/** When the lines of a rule came. */
interface Watching {
  end: () => void
  times: number[]
  quietUntil: number
}

/** Rules that tell when lines come. They are watched from `start` on until they are changed or the app ends. */
export function createLogAlerts({ logs, meta, vault, audit, clock, notify, post = postTo, unexpected }: LogAlertParts) {
  const kept = keptList(meta, 'log-alerts', KeptAlert)
  const watching = new Map<string, Watching>()
  const waiting = new Set<string>()
  const closed = new AbortController()
  const last = new Map<string, { firedAt: number; problem: string | null }>()

  const locked = async () => (await vault.state()).state === 'locked'

  async function fire(rule: (typeof KeptAlert)['_output'], row: LogRow, count: number) {
    const words =
      `${count === 1 ? 'One line' : `${count} lines`} within ${rule.windowSeconds} s. ${row.kind === 'line' ? row.text.slice(0, 200) : ''}`.trim()
    last.set(rule.id, { firedAt: clock.now(), problem: null })
    if (rule.desktop) notify(rule.name, words)
    if (rule.webhookId === null) return
    const line =
      row.kind === 'line' ? { at: row.at, source: row.source, instance: row.instance, text: row.text.slice(0, 4000) } : null
    const body = JSON.stringify({
      text: `${rule.name}: ${words}`,
      rule: rule.name,
      count,
      windowSeconds: rule.windowSeconds,
      line,
    })
    try {
      await post((await vault.reveal(rule.webhookId)).reveal(), body, AbortSignal.timeout(patience))
    } catch (error) {
      last.set(rule.id, { firedAt: clock.now(), problem: whyNot(error) })
    }
  }

  function heard(rule: (typeof KeptAlert)['_output'], mine: Watching, row: LogRow) {
    const now = clock.now()
    if (now < mine.quietUntil) return
    mine.times.push(now)
    while ((mine.times[0] ?? now) < now - rule.windowSeconds * 1000) mine.times.shift()
    if (mine.times.length < rule.threshold) return
    const count = mine.times.length
    // It is told once a window, however much comes.
    mine.times = []
    mine.quietUntil = now + rule.windowSeconds * 1000
    void fire(rule, row, count)
  }

  async function watch(rule: (typeof KeptAlert)['_output']) {
    watching.get(rule.id)?.end()
    watching.delete(rule.id)
    waiting.delete(rule.id)
    if (!rule.enabled) return
    const mine: Watching = { end: () => {}, times: [], quietUntil: 0 }
    watching.set(rule.id, mine)
    // Nobody is asked for a passphrase because of a rule.
    waiting.add(rule.id)
    while ((await locked()) && watching.get(rule.id) === mine && !closed.signal.aborted)
      await clock.sleep(unlockedAgainMs, closed.signal).catch(() => {})
    if (watching.get(rule.id) !== mine || closed.signal.aborted) return
    waiting.delete(rule.id)
    const end = await logs.watch(rule, (row) => heard(rule, mine, row))
    if (watching.get(rule.id) === mine) mine.end = end
    else end()
  }

  function view(rule: (typeof KeptAlert)['_output']): LogAlertView {
    const { webhookId: _, ...shown } = rule
    return {
      ...shown,
      waits: waiting.has(rule.id),
      firedAt: last.get(rule.id)?.firedAt ?? null,
      problem: last.get(rule.id)?.problem ?? null,
    }
  }

  return {
    /** Begins to watch what is enabled. */
    start: () =>
      Promise.all(kept.list().map((rule) => watch(rule).catch((error: unknown) => unexpected('watch the logs', error)))),
    list: (): LogAlertView[] => kept.list().map(view),
    async save({ webhook, ...rule }: LogAlert & { webhook: string | null }): Promise<void> {
      const before = kept.list().find(({ id }) => id === rule.id)
      const host = webhook ? hostOf(webhook) : null
      const hook =
        webhook === null
          ? { webhookHost: before?.webhookHost ?? null, webhookId: before?.webhookId ?? null }
          : { webhookHost: host, webhookId: webhook === '' ? null : await vault.keep(webhook, `webhook of ${rule.name}`) }
      if (before?.webhookId && before.webhookId !== hook.webhookId) await vault.remove(before.webhookId).catch(() => {})
      audit.record('log-alert.saved', { name: rule.name, enabled: rule.enabled, webhook: hook.webhookHost })
      kept.save({ ...rule, ...hook })
      // One that waits does so by itself.
      if (await locked()) void watch({ ...rule, ...hook }).catch((error: unknown) => unexpected('watch the logs', error))
      else await watch({ ...rule, ...hook })
    },
    async remove(id: string): Promise<void> {
      const before = kept.list().find((one) => one.id === id)
      if (!before) return
      audit.record('log-alert.removed', { name: before.name })
      watching.get(id)?.end()
      watching.delete(id)
      waiting.delete(id)
      if (before.webhookId) await vault.remove(before.webhookId).catch(() => {})
      kept.remove(id)
    },
    /** Rules that wait wait no longer. */
    stop: () => closed.abort(),
  }
}
export type LogAlerts = ReturnType<typeof createLogAlerts>
