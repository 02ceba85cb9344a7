import { useState } from 'react'
import { LogSettings } from '../../../../shared/domain/log'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, useWatch } from '../../client'
import { Button } from '../../ui/button'
import card from '../../ui/card.module.css'
import { SwitchField, TextField } from '../../ui/field'
import { Bone, ProblemNote } from '../../ui/problem'
import { tell } from '../../ui/toast'
import { AlertRules } from './alert-rules'

const mebi = 1024 ** 2

interface Form {
  megabytes: string
  days: string
  seconds: string
  correctSkew: boolean
}

const formOf = ({ keepBytes, keepDays, windowMs, correctSkew }: LogSettings): Form => ({
  megabytes: String(Math.round(keepBytes / mebi)),
  days: String(keepDays),
  seconds: String(windowMs / 1000),
  correctSkew,
})

const settingsOf = ({ megabytes, days, seconds, correctSkew }: Form) =>
  LogSettings.safeParse({
    keepBytes: Math.round(Number(megabytes) * mebi),
    keepDays: Number(days),
    windowMs: Math.round(Number(seconds) * 1000),
    correctSkew,
  })

const sizeWords = (bytes: number) =>
  bytes < mebi
    ? `${Math.ceil(bytes / 1024)} KB`
    : bytes < 1024 * mebi
      ? `${(bytes / mebi).toFixed(1)} MB`
      : `${(bytes / mebi / 1024).toFixed(1)} GB`

/** How logs are kept and ordered, and the rules that tell of them. */
export function LogKeeping() {
  const [form, setForm] = useState<Form | null>(null)
  const [keptBytes, setKeptBytes] = useState(0)
  const [problem, setProblem] = useState<Problem | null>(null)
  useWatch(async (signal) => {
    try {
      const settings = await client.logs.settings(undefined, { signal })
      setForm(formOf(settings))
      setKeptBytes(settings.keptBytes)
    } catch (error) {
      if (!signal.aborted) setProblem(problemOf(error))
    }
  }, [])
  if (!form) return problem ? <ProblemNote problem={problem} /> : <Bone height={200} />
  const set = (change: Partial<Form>) => setForm({ ...form, ...change })
  const wanted = settingsOf(form)
  const wrong = (key: keyof LogSettings) => !wanted.success && wanted.error.issues.some(({ path }) => path[0] === key)
  const save = async () => {
    if (!wanted.success) return
    try {
      await client.logs.saveSettings(wanted.data)
      setProblem(null)
      tell('Saved. What is beyond it goes, oldest first.')
    } catch (error) {
      setProblem(problemOf(error))
    }
  }
  return (
    <div className={card['stack']}>
      {problem && <ProblemNote problem={problem} />}
      <form
        className={card['stack']}
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <p className="dim" role="status">
          {sizeWords(keptBytes)} of lines are kept on this computer, compressed, with known secrets masked.
        </p>
        <div className={card['inline']}>
          <TextField
            label="Keep at most, in MB"
            type="number"
            min={16}
            value={form.megabytes}
            error={wrong('keepBytes') ? 'At least 16 MB' : null}
            onChange={(event) => set({ megabytes: event.target.value })}
          />
          <TextField
            label="For at most, in days"
            type="number"
            min={1}
            value={form.days}
            error={wrong('keepDays') ? 'Between 1 and 3,650 days' : null}
            onChange={(event) => set({ days: event.target.value })}
          />
          <TextField
            label="Wait for late lines, in seconds"
            type="number"
            min={0}
            max={30}
            step={0.25}
            value={form.seconds}
            error={wrong('windowMs') ? 'Between 0 and 30 seconds' : null}
            onChange={(event) => set({ seconds: event.target.value })}
          />
        </div>
        <SwitchField
          label="Put right the times of servers whose clock is off"
          help="The clock of a server is measured over SSH; what it is off is shown beside the source either way."
          checked={form.correctSkew}
          onChange={(correctSkew) => set({ correctSkew })}
        />
        <div>
          <Button type="submit" tone="primary" disabled={!wanted.success}>
            Save
          </Button>
        </div>
      </form>
      <AlertRules />
    </div>
  )
}
