import { IconRegex, IconSearch, IconX } from '@tabler/icons-react'
import { useEffect, useId, useState, type KeyboardEvent } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { Level } from '../../../../shared/domain/log'
import { chipsOf, clauseIn } from './filter'
import styles from './filters.module.css'
import { useLogs } from './store'

const levels: readonly { value: Level | ''; label: string }[] = [
  { value: '', label: 'All levels' },
  { value: 'debug', label: 'level ≥ debug' },
  { value: 'info', label: 'level ≥ info' },
  { value: 'warn', label: 'level ≥ warn' },
  { value: 'error', label: 'level ≥ error' },
]

const contexts = [0, 2, 5, 10, 50]

/** What is shown of what is kept; applied in main. Enter makes chips of `field=value`, `-word` and `/expression/`. */
export function Filters() {
  const { filter, refused, setFilter } = useLogs(useShallow(({ filter, refused, setFilter }) => ({ filter, refused, setFilter })))
  return (
    <div className={styles['filters']} role="search" aria-label="What is shown">
      <Find />
      <select
        className={styles['choice']}
        aria-label="Least level"
        value={filter.level ?? ''}
        onChange={(event) => void setFilter({ level: levels.find((one) => one.value === event.target.value)?.value || null })}
      >
        {levels.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
      <select
        className={styles['choice']}
        aria-label="Lines around each that is found"
        value={filter.context}
        onChange={(event) => void setFilter({ context: Number(event.target.value) })}
      >
        {contexts.map((lines) => (
          <option key={lines} value={lines}>
            {lines === 0 ? 'No context' : `± ${lines} lines`}
          </option>
        ))}
      </select>
      {chipsOf(filter).map((chip) => (
        <button
          key={chip.key}
          type="button"
          className={styles['chip']}
          aria-label={`Remove the filter ${chip.words}`}
          title={chip.words}
          onClick={() => void setFilter(chip.without)}
        >
          <span className="clip">{chip.words}</span>
          <IconX size={12} stroke={2} aria-hidden />
        </button>
      ))}
      {refused && (
        <p className={styles['refused']} role="alert">
          {refused.message} {refused.fix}
        </p>
      )}
    </div>
  )
}

function Find() {
  const { text, regex } = useLogs((state) => state.filter)
  const refused = useLogs((state) => state.refused !== null)
  const setFilter = useLogs((state) => state.setFilter)
  const [typed, setTyped] = useState(text)
  const [from, setFrom] = useState(text)
  const help = useId()
  // What changed elsewhere, by a link or a chip, shows here too.
  if (from !== text) {
    setFrom(text)
    setTyped(text)
  }
  useEffect(() => {
    if (typed === text) return undefined
    const soon = setTimeout(() => void setFilter({ text: typed }), 150)
    return () => clearTimeout(soon)
  }, [typed, text, setFilter])
  const pressed = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape' && typed !== '') setTyped('')
    if (event.key !== 'Enter') return
    const clause = clauseIn(typed, useLogs.getState().filter)
    if (clause?.text === '') setTyped('')
    void setFilter(clause ?? { text: typed })
  }
  return (
    <div className={`${styles['find']} ${refused ? styles['wrong'] : ''}`}>
      <IconSearch size={15} stroke={1.75} aria-hidden />
      <input
        value={typed}
        maxLength={500}
        placeholder="text, field=value, -without"
        aria-label="Show lines with this text"
        aria-describedby={help}
        aria-invalid={refused || undefined}
        data-logs-find
        spellCheck={false}
        onKeyDown={pressed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <span id={help} className="sr">
        Enter makes a filter of field=value, of a word with a minus, and of an expression between slashes.
      </span>
      <button
        type="button"
        className={styles['toggle']}
        aria-pressed={regex}
        aria-label="Regular expression"
        title="Regular expression"
        onClick={() => void setFilter({ regex: !regex })}
      >
        <IconRegex size={15} stroke={1.75} aria-hidden />
      </button>
    </div>
  )
}
