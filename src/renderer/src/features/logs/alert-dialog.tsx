import { useState } from 'react'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useSession } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { SwitchField, TextField } from '../../ui/field'
import { ProblemNote } from '../../ui/problem'
import { Dialog } from '../../ui/sheet'
import { tell } from '../../ui/toast'
import { chipsOf } from './filter'
import { useLogs } from './store'

/** Makes a rule of what is shown: so many such lines within so many seconds, and somebody is told. */
export function AlertDialog({ onClose }: { onClose: () => void }) {
  const filter = useLogs((state) => state.filter)
  const sources = useLogs((state) => state.ticked)
  const canNotify = useSession((session) => session.host?.can.notify ?? false)
  const words = [filter.text, ...chipsOf(filter).map((chip) => chip.words), filter.level ? `level ≥ ${filter.level}` : ''].filter(
    Boolean,
  )
  const [form, setForm] = useState({
    name: words.join(', ').slice(0, 60),
    threshold: '1',
    seconds: '60',
    webhook: '',
    desktop: true,
  })
  const [problem, setProblem] = useState<Problem | null>(null)
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change })
  const tellsSomebody = (form.desktop && canNotify) || form.webhook.trim() !== ''
  const save = async () => {
    try {
      await client.logs.alerts.save({
        id: crypto.randomUUID(),
        name: form.name.trim(),
        sources,
        filter: { ...filter, range: null, context: 0 },
        threshold: Number(form.threshold),
        windowSeconds: Number(form.seconds),
        desktop: form.desktop && canNotify,
        enabled: true,
        webhook: form.webhook.trim(),
      })
      tell(`You are told of ${form.name.trim()} while Slipway runs. Settings list the rules.`)
      onClose()
    } catch (error) {
      setProblem(problemOf(error))
    }
  }
  return (
    <Dialog
      title="Alert me on this"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            tone="primary"
            disabled={form.name.trim() === '' || sources.length === 0 || !tellsSomebody}
            onClick={() => void save()}
          >
            Make the rule
          </Button>
        </>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      <p className="dim">
        {words.length > 0
          ? `Lines with ${words.join(', ')}, of the ${sources.length} sources that are ticked.`
          : `Any line of the ${sources.length} sources that are ticked. Filter first to be told of less.`}
      </p>
      <TextField label="Name" value={form.name} maxLength={60} onChange={(event) => set({ name: event.target.value })} />
      <div className={card['inline']}>
        <TextField
          label="At least so many lines"
          type="number"
          min={1}
          value={form.threshold}
          onChange={(event) => set({ threshold: event.target.value })}
        />
        <TextField
          label="Within so many seconds"
          type="number"
          min={1}
          value={form.seconds}
          onChange={(event) => set({ seconds: event.target.value })}
        />
      </div>
      {canNotify && (
        <SwitchField label="Notification of the desktop" checked={form.desktop} onChange={(desktop) => set({ desktop })} />
      )}
      <TextField
        label="Webhook"
        help={`Posted to, over https. Kept in the vault, for it may hold a token.${canNotify ? ' Empty: none.' : ' Notifications need the desktop app, so here a rule needs a webhook.'}`}
        value={form.webhook}
        placeholder="https://hooks.example.com/…"
        onChange={(event) => set({ webhook: event.target.value })}
      />
    </Dialog>
  )
}
