import { IconPencil } from '@tabler/icons-react'
import { useState, type FormEvent } from 'react'
import { problemOf } from '../client'
import { Button } from './button'
import { TextField } from './field'
import styles from './rename.module.css'
import { tellProblem } from './toast'

const longest = 80

/** A name with a pencil: pressed, it becomes a field. */
export function Rename({ name, what, save }: { name: string; what: string; save: (name: string) => Promise<unknown> }) {
  const [typed, setTyped] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  if (typed === null) {
    return (
      <span className={styles['name']}>
        <strong className="clip" title={name}>
          {name}
        </strong>
        <Button
          small
          tone="quiet"
          icon={<IconPencil size={15} stroke={1.75} aria-hidden />}
          aria-label={`Rename ${what} ${name}`}
          title="Rename"
          onClick={() => setTyped(name)}
        />
      </span>
    )
  }
  const next = typed.trim()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (next === '' || busy) return
    setBusy(true)
    try {
      if (next !== name) await save(next)
      setTyped(null)
    } catch (error) {
      tellProblem(problemOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => event.key === 'Escape' && setTyped(null)}
    >
      <TextField
        label={`New name of ${what} ${name}`}
        hideLabel
        value={typed}
        maxLength={longest}
        autoFocus
        autoComplete="off"
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button small tone="primary" type="submit" busy={busy} disabled={next === ''}>
        Rename
      </Button>
      <Button small tone="quiet" onClick={() => setTyped(null)}>
        Cancel
      </Button>
    </form>
  )
}
